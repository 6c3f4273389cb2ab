package dev.parley.reference;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Ready with the model loaded and warmed up; alive as long as its thread is. */
@Singleton
public class ReferenceHealth {

  @Produces
  @Singleton
  @Readiness
  HealthCheck ready(ReferenceServer server) {
    return () -> HealthCheckResponse.named("reference model").status(server.ready()).build();
  }

  @Produces
  @Singleton
  @Liveness
  HealthCheck alive(ReferenceServer server) {
    return () -> HealthCheckResponse.named("reference worker").status(server.alive()).build();
  }
}
