package dev.parley.policy.rollout;

import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.concurrent.TimeUnit;

/**
 * What a trace says of one prompt in this service: a span "rollout" from arrival to the finished
 * record, whose parent is whoever asked, and in it one for the generation, one for each call to
 * another service, and one for the transaction that publishes the record. With tracing off none of
 * them is made, and the asker's traceparent is handed on as it came. No span holds texts.
 */
final class RolloutTrace {

  private final String asker;
  private final Context context;
  private final Span span;

  private RolloutTrace(String asker, Context context, Span span) {
    this.asker = asker;
    this.context = context;
    this.span = span;
  }

  /**
   * Begins.
   *
   * @param prompt what is asked, by whom
   * @param arrivedNanos when it came, on {@link System#nanoTime}
   */
  static RolloutTrace begin(Prompt prompt, long arrivedNanos) {
    Context parent = TraceContext.parse(prompt.getTraceparent());
    Span span =
        Tracing.tracer()
            .spanBuilder("rollout")
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setStartTimestamp(epochNanos(arrivedNanos), TimeUnit.NANOSECONDS)
            .setAttribute("messaging.system", "kafka")
            .setAttribute("parley.run", prompt.getRunId())
            .setAttribute("parley.prompt", prompt.getPromptId())
            .setAttribute("parley.update", prompt.getUpdate())
            .setAttribute("parley.required_version", prompt.getRequiredVersion())
            .startSpan();
    return new RolloutTrace(prompt.getTraceparent(), parent.with(span), span);
  }

  private static long epochNanos(long nanoTime) {
    return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis())
        - (System.nanoTime() - nanoTime);
  }

  /** Returns what the next in line has for a parent. */
  String traceparent() {
    return span.isRecording() ? TraceContext.text(context) : asker;
  }

  /** The context of what is done for the prompt. */
  Context context() {
    return context;
  }

  /** Does something whose lines of the log are to have the trace. */
  void inside(Runnable work) {
    context.wrap(work).run();
  }

  /** Notes a finished generation. */
  void generated(GeneratedGroup group) {
    if (!span.isRecording()) {
      return;
    }
    Tracing.tracer()
        .spanBuilder("generate")
        .setParent(context)
        .setStartTimestamp(epochNanos(group.startNanos()), TimeUnit.NANOSECONDS)
        .setAttribute("parley.answers", group.samples().size())
        .setAttribute(
            "parley.tokens", group.samples().stream().mapToLong(s -> s.tokens().length).sum())
        .startSpan()
        .end(epochNanos(group.endNanos()), TimeUnit.NANOSECONDS);
  }

  /** Begins a call to another service, which this thread makes. */
  Call call(String service) {
    Span call =
        Tracing.tracer()
            .spanBuilder(service)
            .setParent(context)
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute("rpc.system", "grpc")
            .startSpan();
    Context inside = context.with(call);
    return new Call(
        call, inside.makeCurrent(), call.isRecording() ? TraceContext.text(inside) : asker);
  }

  /**
   * A call to another service.
   *
   * @param span of the call
   * @param scope in which it is the thread's current one
   * @param traceparent that the service gets
   */
  record Call(Span span, Scope scope, String traceparent) implements AutoCloseable {

    /** Notes that the service did not give all that it was asked for. */
    void missing(String what) {
      span.setStatus(StatusCode.ERROR, what);
    }

    @Override
    public void close() {
      scope.close();
      span.end();
    }
  }

  /** Ends with a rollout. */
  void end(Rollout rollout) {
    span.setAttribute("parley.status", rollout.getStatus().name());
    if (rollout.getStatus() != Status.STATUS_OK) {
      span.setStatus(StatusCode.ERROR, rollout.getError());
    }
    span.end();
  }

  /** Ends without one: somebody else begins anew. */
  void giveUp() {
    span.setStatus(StatusCode.ERROR, "given back");
    span.end();
  }

  /**
   * Notes that a rollout is committed.
   *
   * @param rollout what was published
   * @param startNanos when the transaction began, on {@link System#nanoTime}
   */
  static void published(Rollout rollout, long startNanos) {
    // A rollout of a trace that is not recorded has none, or its asker's.
    if (!rollout.getTraceparent().isEmpty()) {
      Tracing.tracer()
          .spanBuilder("publish")
          .setParent(TraceContext.parse(rollout.getTraceparent()))
          .setSpanKind(SpanKind.PRODUCER)
          .setStartTimestamp(epochNanos(startNanos), TimeUnit.NANOSECONDS)
          .setAttribute("messaging.system", "kafka")
          .startSpan()
          .end();
    }
  }
}
