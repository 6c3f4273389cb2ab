package dev.parley.console;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Alive as long as its publisher's thread is. Ready as long as the database answers, which Quarkus
 * asks by itself; a broker that is away keeps nobody from judging.
 */
@Singleton
public class ConsoleHealth {

  @Produces
  @Singleton
  @Liveness
  HealthCheck alive(ConsoleServer server) {
    return () -> HealthCheckResponse.named("outbox publisher").status(server.alive()).build();
  }
}
