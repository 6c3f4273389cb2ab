package dev.parley.policy.rollout;

import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Hands the prompt's trace on, so that one trace covers its whole way (W3C Trace Context): in a
 * prompt and a rollout, in Kafka's headers, in gRPC's metadata. A text that is no traceparent is
 * handed on and otherwise passed over.
 */
final class TraceContext {

  private static final String NAME = "traceparent";

  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of(NAME, Metadata.ASCII_STRING_MARSHALLER);

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

  private TraceContext() {}

  /** Returns a stub whose calls carry a traceparent, unless it is empty. */
  static <S extends AbstractStub<S>> S attach(S stub, String traceparent) {
    if (traceparent.isEmpty()) {
      return stub;
    }
    Metadata headers = new Metadata();
    headers.put(TRACEPARENT, traceparent);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** Adds a traceparent to a Kafka record's headers, unless it is empty. */
  static void attach(Headers headers, String traceparent) {
    if (!traceparent.isEmpty()) {
      headers.add(NAME, traceparent.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Returns the traceparent in a Kafka record's headers; empty if there is none. */
  static String in(Headers headers) {
    Header header = headers.lastHeader(NAME);
    return header == null || header.value() == null
        ? ""
        : new String(header.value(), StandardCharsets.US_ASCII);
  }

  /** Returns the context that a traceparent names; the root if it is empty or none. */
  static Context parse(String traceparent) {
    return traceparent.isEmpty()
        ? Context.root()
        : W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, ITSELF);
  }

  /** Returns a context's traceparent; empty if it has no span. */
  static String text(Context context) {
    if (!Span.fromContext(context).getSpanContext().isValid()) {
      return "";
    }
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(context, carrier, Map::put);
    return carrier.getOrDefault(NAME, "");
  }
}
