package dev.parley.trainer.experience;

import dev.parley.proto.prompt.v1.Prompt;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.Headers;

/**
 * Both ends of a prompt's trace (W3C Trace Context): each prompt that the trainer asks begins one,
 * and an update is linked to those of all rollouts that it learns from. With tracing off none of it
 * is made. No span holds texts.
 */
public final class Traces {

  private static final String NAME = "traceparent";

  private static final TextMapGetter<String> ITSELF =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String traceparent) {
          return List.of(NAME);
        }

        @Override
        public String get(String traceparent, String key) {
          return key.equals(NAME) ? traceparent : null;
        }
      };

  private static final String TRACER = "dev.parley.trainer";

  private static volatile boolean on = true;

  private Traces() {}

  /**
   * Says whether spans are made. With {@code quarkus.otel.sdk.disabled} nothing is exported, but
   * the tracer that is left makes spans all the same, and traceparents of them.
   */
  public static void enable(boolean spans) {
    on = spans;
  }

  private static Tracer tracer() {
    return on ? GlobalOpenTelemetry.getTracer(TRACER) : TracerProvider.noop().get(TRACER);
  }

  /** Begins a prompt's trace; returns the prompt with its traceparent, or as it is. */
  static Prompt ask(Prompt prompt) {
    Span span =
        tracer()
            .spanBuilder("ask")
            .setSpanKind(SpanKind.PRODUCER)
            .setNoParent()
            .setAttribute("messaging.system", "kafka")
            .setAttribute("parley.run", prompt.getRunId())
            .setAttribute("parley.prompt", prompt.getPromptId())
            .setAttribute("parley.update", prompt.getUpdate())
            .startSpan();
    span.end();
    if (!span.getSpanContext().isValid()) {
      return prompt;
    }
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(Context.root().with(span), carrier, Map::put);
    return prompt.toBuilder().setTraceparent(carrier.get(NAME)).build();
  }

  /** Adds a traceparent to a Kafka record's headers, unless it is empty. */
  static void attach(Headers headers, String traceparent) {
    if (!traceparent.isEmpty()) {
      headers.add(NAME, traceparent.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /**
   * Begins an update's own trace. It is this thread's current one until it is closed.
   *
   * @param run the run
   * @param update the update
   * @param startNanos when it began, on {@link System#nanoTime}
   * @param traceparents of the rollouts that it learns from; what is none is passed over
   */
  public static Update update(
      String run, long update, long startNanos, Collection<String> traceparents) {
    long epochNanos =
        TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis())
            - (System.nanoTime() - startNanos);
    SpanBuilder builder =
        tracer()
            .spanBuilder("update")
            .setNoParent()
            .setStartTimestamp(epochNanos, TimeUnit.NANOSECONDS)
            .setAttribute("parley.run", run)
            .setAttribute("parley.update", update);
    traceparents.stream().map(Traces::parse).filter(SpanContext::isValid).forEach(builder::addLink);
    Span span = builder.startSpan();
    return new Update(span, span.makeCurrent());
  }

  private static SpanContext parse(String traceparent) {
    return Span.fromContext(
            W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, ITSELF))
        .getSpanContext();
  }

  /**
   * An update's trace.
   *
   * @param span of the update
   * @param scope in which it is the thread's current one
   */
  public record Update(Span span, Scope scope) implements AutoCloseable {

    /** Notes that a part of the update is done: "learnt", "published". */
    public void done(String part) {
      span.addEvent(part);
    }

    /** Notes that it failed. */
    public void failed(RuntimeException failure) {
      span.setStatus(StatusCode.ERROR, failure.toString());
    }

    @Override
    public void close() {
      scope.close();
      span.end();
    }
  }
}
