package dev.parley.policy.rollout;

import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;

/** Hands the prompt's trace on, so that one trace covers its whole way (W3C Trace Context). */
final class TraceContext {

  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

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
}
