package dev.parley.policy.rollout;

import static dev.parley.policy.rollout.PolicyUnderTest.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.SharedBroker;
import dev.parley.proto.Topics;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.DeadLetter;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(SharedBroker.class)
class RewardFailuresTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void aFailureIsAStatusNeverANumberAndIsCountedAndDeadLettered(
      String run,
      BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> behaviour,
      Status status,
      String error)
      throws Exception {
    try (PolicyUnderTest policy = new PolicyUnderTest(run)) {
      policy.reward().behave(behaviour);
      policy.start();
      send(policy.prompt("bad"));
      Rollout bad = policy.awaitRollouts(1).get(0);
      assertThat(bad.getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(bad.getCompletionsList()).hasSize(2);
      for (Completion completion : bad.getCompletionsList()) {
        Score score = completion.getScores(0);
        assertThat(score.getStatus()).isEqualTo(status);
        assertThat(score.getError()).contains(error);
        assertThat(score.getValue()).isZero();
        assertThat(score.getComponentsMap()).isEmpty();
        assertThat(completion.getReferenceStatus()).isEqualTo(Status.STATUS_OK);
      }
      String reason = status == Status.STATUS_TIMED_OUT ? "timed_out" : "failed";
      assertThat(
              policy.counted(PolicyMetrics.MISSING_VALUES, "service", "reward", "reason", reason))
          .isEqualTo(2);
      checkDeadLetter(policy, bad);
      policy.reward().behave(FakeReward.GOOD);
      send(policy.prompt("good"));
      assertThat(policy.awaitRollouts(2))
          .filteredOn(rollout -> rollout.getPrompt().getPromptId().equals("good"))
          .singleElement()
          .satisfies(
              good ->
                  assertThat(good.getCompletions(0).getScores(0).getStatus())
                      .isEqualTo(Status.STATUS_OK));
      assertThat(policy.deadLetters(Topics.ROLLOUTS_DEAD_LETTER)).hasSize(1);
    }
  }

  private static void checkDeadLetter(PolicyUnderTest policy, Rollout bad) throws Exception {
    DeadLetter letter =
        PolicyUnderTest.await(() -> policy.deadLetters(Topics.ROLLOUTS_DEAD_LETTER), 1).get(0);
    assertThat(Rollout.parseFrom(letter.getValue())).isEqualTo(bad);
    assertThat(letter.getReason()).contains("completion 0 has no score of");
    List<ConsumerRecord<String, byte[]>> there =
        SharedBroker.get().committed(Topics.ROLLOUTS).stream()
            .filter(record -> record.partition() == letter.getPartition())
            .filter(record -> record.offset() == letter.getOffset())
            .toList();
    assertThat(there)
        .singleElement()
        .satisfies(record -> assertThat(record.value()).isEqualTo(letter.getValue().toByteArray()));
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            "reward-hangs",
            FakeReward.HANGING,
            Status.STATUS_TIMED_OUT,
            "the reward service gave no answer in 2 tries; the last one ended with"
                + " DEADLINE_EXCEEDED"),
        Arguments.of(
            "reward-fails",
            FakeReward.FAILING,
            Status.STATUS_FAILED,
            "the reward service gave no answer in 1 try; the last one ended with INTERNAL: the"
                + " scorer broke"),
        Arguments.of(
            "reward-refuses",
            FakeReward.REFUSING,
            Status.STATUS_FAILED,
            "the answer is too long to score"),
        Arguments.of(
            "reward-is-nan",
            FakeReward.NOT_A_NUMBER,
            Status.STATUS_FAILED,
            "the score is NaN, expected a finite number"));
  }

  @Test
  void anAnswerThatIsLeftOutFailsAlone() {
    try (PolicyUnderTest policy = new PolicyUnderTest("left-out")) {
      policy
          .reward()
          .behave(
              (request, answer) ->
                  FakeReward.GOOD.accept(request.toBuilder().removeItems(0).build(), answer));
      policy.start();
      send(policy.prompt("p"));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getCompletions(0).getScores(0).getStatus())
          .isEqualTo(Status.STATUS_FAILED);
      assertThat(rollout.getCompletions(0).getScores(0).getError())
          .isEqualTo("the reward service left this answer out");
      assertThat(rollout.getCompletions(1).getScores(0).getStatus()).isEqualTo(Status.STATUS_OK);
    }
  }

  @Test
  void aServiceThatComesBackIsAskedAgain() {
    try (PolicyUnderTest policy = new PolicyUnderTest("comes-back")) {
      AtomicInteger calls = new AtomicInteger();
      policy
          .reward()
          .behave(
              (request, answer) -> {
                if (calls.incrementAndGet() == 1) {
                  answer.onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
                } else {
                  FakeReward.GOOD.accept(request, answer);
                }
              });
      policy.start();
      send(policy.prompt("p"));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getCompletions(0).getScores(0).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(policy.counted(PolicyMetrics.CALL_RETRIES, "service", "reward")).isEqualTo(1);
    }
  }
}
