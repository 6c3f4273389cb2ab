package dev.parley.policy.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.policy.Patience;
import dev.parley.policy.SharedBroker;
import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.Rollout;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A prompt's trace, over a real broker and real gRPC channels. */
@ExtendWith(SharedBroker.class)
class RolloutTraceTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String ASKER = "b7ad6b7169203331";
  private static final String TRACEPARENT = "00-" + TRACE + "-" + ASKER + "-01";

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();

  @BeforeEach
  void turnTracingOn() {
    Tracing.enable(true);
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

  private Map<String, SpanData> byName() {
    return spans.getFinishedSpanItems().stream()
        .collect(Collectors.toMap(SpanData::getName, Function.identity()));
  }

  private static String header(String run) {
    ConsumerRecord<String, byte[]> record =
        SharedBroker.get().committed(Topics.ROLLOUTS).stream()
            .filter(committed -> committed.key().startsWith(run + "/"))
            .findFirst()
            .orElseThrow();
    return new String(
        record.headers().lastHeader("traceparent").value(), StandardCharsets.US_ASCII);
  }

  @Test
  void oneTraceCoversPromptGenerationScoreReferenceAndRollout() {
    try (PolicyUnderTest policy = new PolicyUnderTest("traced")) {
      policy.start();
      PolicyUnderTest.send(policy.prompt("p").setTraceparent(TRACEPARENT).setUpdate(7));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      // What is committed can be seen before its span ends.
      Patience.await(() -> byName().containsKey("publish"));
      Map<String, SpanData> made = byName();
      assertThat(made).containsOnlyKeys("rollout", "generate", "reward", "reference", "publish");
      assertThat(made.values()).extracting(SpanData::getTraceId).containsOnly(TRACE);
      SpanData whole = made.get("rollout");
      assertThat(whole.getParentSpanId()).isEqualTo(ASKER);
      assertThat(made.values())
          .filteredOn(span -> span != whole)
          .extracting(SpanData::getParentSpanId)
          .containsOnly(whole.getSpanId());
      assertThat(rollout.getTraceparent())
          .isEqualTo("00-" + TRACE + "-" + whole.getSpanId() + "-01")
          .isEqualTo(header("traced"));
      assertThat(policy.reward().traceparents())
          .containsExactly("00-" + TRACE + "-" + made.get("reward").getSpanId() + "-01");
      assertThat(whole.getAttributes().asMap().values()).contains("traced", "p", 7L, "STATUS_OK");
    }
  }

  @Test
  void aPromptWithoutATraceBeginsOne() {
    try (PolicyUnderTest policy = new PolicyUnderTest("untraced")) {
      policy.start();
      PolicyUnderTest.send(policy.prompt("p"));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getTraceparent()).contains(byName().get("rollout").getSpanId());
    }
  }

  @Test
  void withTracingOffThereIsNoSpanAndTheAskersTraceGoesOn() {
    Tracing.enable(false);
    try (PolicyUnderTest policy = new PolicyUnderTest("tracing-off")) {
      policy.start();
      PolicyUnderTest.send(policy.prompt("p"));
      PolicyUnderTest.send(policy.prompt("q").setTraceparent(TRACEPARENT));
      assertThat(policy.awaitRollouts(2))
          .extracting(Rollout::getTraceparent)
          .containsExactlyInAnyOrder("", TRACEPARENT);
    }
    assertThat(spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void aScoreThatIsMissingMarksItsSpan() {
    try (PolicyUnderTest policy = new PolicyUnderTest("trace-of-failure")) {
      policy.reward().behave(FakeReward.FAILING);
      policy.start();
      PolicyUnderTest.send(policy.prompt("p"));
      policy.awaitRollouts(1);
      assertThat(byName().get("reward").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(byName().get("reference").getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }
  }
}
