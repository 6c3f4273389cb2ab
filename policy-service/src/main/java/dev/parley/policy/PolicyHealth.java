package dev.parley.policy;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready with the model loaded and warmed up and, if there is a run, its newest version served and
 * the broker within reach; alive as long as the threads are.
 */
@Singleton
public class PolicyHealth {

  @Produces
  @Singleton
  @Readiness
  HealthCheck model(PolicyServer server) {
    return () -> {
      HealthCheckResponseBuilder response = HealthCheckResponse.named("policy model");
      server
          .model()
          .ifPresent(model -> response.withData("version", model.engine().served().toString()));
      return response.status(server.ready()).build();
    };
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck broker(PolicyServer server, BrokerReach broker) {
    return () ->
        HealthCheckResponse.named("policy broker")
            .withData("run", server.runId().orElse("none"))
            .status(server.runId().isEmpty() || broker.reachable())
            .build();
  }

  @Produces
  @Singleton
  @Liveness
  HealthCheck alive(PolicyServer server) {
    return () -> HealthCheckResponse.named("policy threads").status(server.alive()).build();
  }
}
