package dev.parley.reward;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Ready with the scorer loaded and warmed up; alive as long as its thread is. */
@Singleton
public class RewardHealth {

  @Produces
  @Singleton
  @Readiness
  HealthCheck ready(RewardServer server) {
    return () -> HealthCheckResponse.named("scorer").status(server.ready()).build();
  }

  @Produces
  @Singleton
  @Liveness
  HealthCheck alive(RewardServer server) {
    return () -> HealthCheckResponse.named("reward worker").status(server.alive()).build();
  }
}
