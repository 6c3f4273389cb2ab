package dev.parley.deploy;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Receives what services export over OTLP, and keeps it. */
final class TraceCollector implements AutoCloseable {

  private final Queue<Recorded> spans = new ConcurrentLinkedQueue<>();
  private final Server server;

  /** Starts on a free port. */
  TraceCollector() {
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(new Receiver())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The environment of a service that is to send its spans here, and logs as in a cluster. */
  Map<String, String> environment() {
    return Map.of(
        "QUARKUS_OTEL_SDK_DISABLED", "false",
        "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:" + server.getPort(),
        "QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "100ms",
        "QUARKUS_LOG_CONSOLE_JSON_ENABLED", "true");
  }

  /** What came so far. */
  List<Recorded> spans() {
    return List.copyOf(spans);
  }

  /** Whether a span came. */
  boolean has(String traceparent) {
    Place place = Place.of(traceparent);
    return spans.stream().anyMatch(span -> span.place().equals(place));
  }

  /** What came so far of one trace. */
  List<Recorded> trace(String traceId) {
    return spans.stream().filter(span -> span.place().traceId().equals(traceId)).toList();
  }

  /**
   * Where a span is.
   *
   * @param traceId of its trace, in hex
   * @param spanId its own, in hex
   */
  record Place(String traceId, String spanId) {

    /** Reads a traceparent of W3C Trace Context. */
    static Place of(String traceparent) {
      String[] parts = traceparent.split("-");
      return new Place(parts[1], parts[2]);
    }

    private static Place of(ByteString traceId, ByteString spanId) {
      return new Place(hex(traceId), hex(spanId));
    }
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /**
   * A span that came.
   *
   * @param service that made it
   * @param name its name
   * @param place its place
   * @param parent the span's id that it is part of; empty if it is the first of its trace
   * @param links spans of other traces
   * @param attributes its attributes, as text
   */
  record Recorded(
      String service,
      String name,
      Place place,
      String parent,
      List<Place> links,
      Map<String, String> attributes) {

    private static Recorded of(String service, Span span) {
      return new Recorded(
          service,
          span.getName(),
          Place.of(span.getTraceId(), span.getSpanId()),
          hex(span.getParentSpanId()),
          span.getLinksList().stream()
              .map(link -> Place.of(link.getTraceId(), link.getSpanId()))
              .toList(),
          read(span.getAttributesList()));
    }

    /** The service and the name. */
    @Override
    public String toString() {
      return service + " " + name;
    }
  }

  private static Map<String, String> read(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey,
                attribute ->
                    attribute.getValue().hasStringValue()
                        ? attribute.getValue().getStringValue()
                        : Long.toString(attribute.getValue().getIntValue())));
  }

  private final class Receiver extends TraceServiceGrpc.TraceServiceImplBase {

    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> response) {
      for (ResourceSpans resource : request.getResourceSpansList()) {
        String service = read(resource.getResource().getAttributesList()).get("service.name");
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope.getSpansList().forEach(span -> spans.add(Recorded.of(service, span)));
        }
      }
      response.onNext(ExportTraceServiceResponse.getDefaultInstance());
      response.onCompleted();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
