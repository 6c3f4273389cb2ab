package dev.parley.reward;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready with the scorer loaded and warmed up, and then says how programs are shut in; alive as long
 * as its thread is.
 */
@Singleton
public class RewardHealth {

  @Produces
  @Singleton
  @Readiness
  HealthCheck ready(RewardServer server, RewardMetrics metrics) {
    return () -> {
      HealthCheckResponseBuilder response =
          HealthCheckResponse.named("scorer").status(server.ready());
      metrics.sandboxes().forEach((scorer, how) -> response.withData("sandbox of " + scorer, how));
      return response.build();
    };
  }

  @Produces
  @Singleton
  @Liveness
  HealthCheck alive(RewardServer server) {
    return () -> HealthCheckResponse.named("reward worker").status(server.alive()).build();
  }
}
