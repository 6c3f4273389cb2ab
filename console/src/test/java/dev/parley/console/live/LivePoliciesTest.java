package dev.parley.console.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.ConsoleSettings;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.study.Turn;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GeneratedSample;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.version.v1.VersionReference;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LivePoliciesTest {

  private static final List<Turn> PROMPT = List.of(new Turn("user", "Is it?"));

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Server server;
  private LivePolicies policies;

  /** Answers with what it was asked, and a number. */
  private static final class Echo extends PolicyServiceGrpc.PolicyServiceImplBase {
    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateResponse> out) {
      String asked = request.getConversation().getMessages(0).getContent();
      if (asked.equals("fail")) {
        out.onError(
            Status.UNAVAILABLE.withDescription("no model is loaded yet").asRuntimeException());
        return;
      }
      GenerateResponse.Builder response = GenerateResponse.newBuilder();
      for (int i = 0; i < request.getN(); i++) {
        response.addSamples(
            GeneratedSample.newBuilder()
                .setIndex(i)
                .setText(
                    "%s %d at %.1f, %d"
                        .formatted(
                            asked,
                            i,
                            request.getSampling().getTemperature(),
                            request.getSampling().getMaxNewTokens()))
                .setVersion(VersionReference.newBuilder().setVersion(7)));
      }
      out.onNext(response.build());
      out.onCompleted();
    }
  }

  @BeforeEach
  void start() throws IOException {
    server = ServerBuilder.forPort(0).addService(new Echo()).build().start();
    String target = "localhost:" + server.getPort();
    policies =
        new LivePolicies(
            Map.of("new", target, "old", target),
            new ConsoleSettings.Live(Duration.ofSeconds(20), 99, 0.5),
            new ConsoleMetrics(registry));
  }

  @AfterEach
  void stop() throws InterruptedException {
    policies.close();
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  @Test
  void twoPoliciesGiveOneAnswerEachUnderTheirVersions() {
    NewPair.Answers answers = policies.answer(new StudyDesign.Policies("new", "old"), PROMPT);

    assertThat(answers)
        .isEqualTo(
            new NewPair.Answers(
                List.of(new Turn("assistant", "Is it? 0 at 0.5, 99")),
                List.of(new Turn("assistant", "Is it? 0 at 0.5, 99")),
                Optional.of("new v7"),
                Optional.of("old v7")));
  }

  @Test
  void onePolicyGivesTwoAnswers() {
    NewPair.Answers answers = policies.answer(new StudyDesign.Policies("new", "new"), PROMPT);

    assertThat(answers.first().get(0).content()).startsWith("Is it? 0");
    assertThat(answers.second().get(0).content()).startsWith("Is it? 1");
    assertThat(registry.get(ConsoleMetrics.ANSWERS).tag("status", "ok").timer().count()).isOne();
  }

  @Test
  void aPolicyThatDoesNotAnswerIsNamedWithWhatItSays() {
    assertThatThrownBy(
            () ->
                policies.answer(
                    new StudyDesign.Policies("new", "old"), List.of(new Turn("user", "fail"))))
        .isInstanceOf(PolicyAwayException.class)
        .hasMessageMatching(
            "the policy \"new\" at localhost:\\d+ does not answer: no model is loaded yet");
    assertThat(registry.get(ConsoleMetrics.ANSWERS).tag("status", "failed").timer().count())
        .isOne();
  }

  @Test
  void aPolicyThatTheSettingsDoNotNameIsAnError() {
    assertThatThrownBy(() -> policies.answer(new StudyDesign.Policies("newer", "old"), PROMPT))
        .hasMessageContaining("there is no policy \"newer\" in the settings");
  }
}
