package dev.parley.proto.grpc;

import io.grpc.Metadata;

/** What a refusal for lack of room carries besides its status. */
public final class RetryAfter {

  /**
   * The trailer with the milliseconds after which to try again, which gRPC clients' own retry
   * policies read too (gRFC A6).
   */
  public static final Metadata.Key<String> MILLISECONDS =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private RetryAfter() {}
}
