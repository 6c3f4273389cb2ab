package dev.parley.cli;

import io.grpc.ManagedChannelBuilder;
import java.util.List;
import java.util.Map;

/** How the command speaks to a service that is busy or restarting: it asks again. */
public final class RetryingChannel {

  private RetryingChannel() {}

  /**
   * A channel in plain text with gRPC's own retries: a wait that doubles, with chance in it.
   *
   * @param target {@code HOST:PORT}
   * @param service the gRPC service's full name, whose calls are tried again
   */
  public static ManagedChannelBuilder<?> to(String target, String service) {
    Map<String, Object> policy =
        Map.of(
            "maxAttempts",
            5.0,
            "initialBackoff",
            "0.5s",
            "maxBackoff",
            "5s",
            "backoffMultiplier",
            2.0,
            "retryableStatusCodes",
            List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED"));
    Map<String, Object> method =
        Map.of("name", List.of(Map.of("service", service)), "retryPolicy", policy);
    return ManagedChannelBuilder.forTarget(target)
        .usePlaintext()
        .enableRetry()
        .defaultServiceConfig(Map.of("methodConfig", List.of(method)));
  }
}
