package dev.parley.policy.rollout;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;

/** Whether this service makes spans. */
public final class Tracing {

  private static final String NAME = "dev.parley.policy";

  private static volatile boolean on = true;

  private Tracing() {}

  /**
   * Says whether spans are made. With {@code quarkus.otel.sdk.disabled} nothing is exported, but
   * the tracer that is left makes spans all the same, and traceparents of them.
   */
  public static void enable(boolean spans) {
    on = spans;
  }

  static Tracer tracer() {
    return on ? GlobalOpenTelemetry.getTracer(NAME) : TracerProvider.noop().get(NAME);
  }
}
