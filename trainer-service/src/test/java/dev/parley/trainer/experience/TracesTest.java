package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.trainer.experience.RolloutExchange.Place;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyRollouts;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class TracesTest {

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();

  @BeforeEach
  void turnTracingOn() {
    Traces.enable(true);
    GlobalOpenTelemetry.resetForTest();
    OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build())
        .buildAndRegisterGlobal();
  }

  @AfterEach
  void turnTracingOff() {
    GlobalOpenTelemetry.resetForTest();
  }

  @Test
  void aPromptThatIsAskedBeginsATraceThatTravelsInItAndInItsHeaders(TestBroker broker)
      throws InvalidProtocolBufferException {
    String run = "traces-" + UUID.randomUUID();
    Place start = Place.end(broker.bootstrapServers());
    try (RolloutExchange exchange =
        new RolloutExchange(
            broker.bootstrapServers(), run, start, 0, Clock.systemUTC(), (code, message) -> {})) {
      exchange.ask(List.of(ToyRollouts.prompt(run, 1, "a")));
    }
    ConsumerRecord<String, byte[]> record =
        broker.committed(Topics.PROMPTS).stream()
            .filter(committed -> committed.key().startsWith(run))
            .findFirst()
            .orElseThrow();
    SpanData span = spans.getFinishedSpanItems().get(0);
    assertThat(Prompt.parseFrom(record.value()).getTraceparent())
        .isEqualTo("00-" + span.getTraceId() + "-" + span.getSpanId() + "-01")
        .isEqualTo(
            new String(
                record.headers().lastHeader("traceparent").value(), StandardCharsets.US_ASCII));
  }

  @Test
  void anUpdateIsLinkedToTheRolloutsThatItLearnsFrom() {
    List<String> rollouts =
        List.of(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "",
            "no traceparent",
            "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01");
    try (Traces.Update update = Traces.update("r1", 4, System.nanoTime(), rollouts)) {
      update.done("learnt");
      update.done("published");
    }
    SpanData span = spans.getFinishedSpanItems().get(0);
    assertThat(span.getName()).isEqualTo("update");
    assertThat(span.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly("b7ad6b7169203331", "c7ad6b7169203331");
    assertThat(span.getEvents())
        .extracting(EventData::getName)
        .containsExactly("learnt", "published");
    assertThat(span.getAttributes().asMap().values()).contains("r1", 4L);
  }

  @Test
  void anUpdateThatFailsSaysSo() {
    try (Traces.Update update = Traces.update("r1", 4, System.nanoTime(), List.of())) {
      update.failed(new IllegalStateException("no memory"));
    }
    assertThat(spans.getFinishedSpanItems().get(0).getStatus())
        .returns(StatusCode.ERROR, status -> status.getStatusCode())
        .returns("java.lang.IllegalStateException: no memory", status -> status.getDescription());
  }

  @Test
  void withTracingOffAPromptStaysAsItIs() {
    turnTracingOff();
    Prompt prompt = ToyRollouts.prompt("r1", 1, "a");
    assertThat(Traces.ask(prompt)).isSameAs(prompt);
  }
}
