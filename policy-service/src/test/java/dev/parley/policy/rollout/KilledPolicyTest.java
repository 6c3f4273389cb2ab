package dev.parley.policy.rollout;

import static dev.parley.policy.rollout.PolicyUnderTest.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.TinyModel;
import dev.parley.policy.SharedBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class KilledPolicyTest {

  private static final int NEVER = Integer.MAX_VALUE;

  private static List<String> committedIds(String runId) {
    return PolicyUnderTest.committedRollouts(runId).stream()
        .map(Rollout::getPrompt)
        .map(prompt -> prompt.getPromptId())
        .toList();
  }

  private static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(i -> "p" + i).toList();
  }

  @TempDir static Path directory;

  @Test
  void aPolicyKilledInTheMiddleOfAnAnswerLosesAndDoublesNothing() {
    Path model = TinyModel.write(directory.resolve("model"), 1);
    numbered(5).forEach(id -> send(PolicyUnderTest.prompt("midway", id)));
    try (PolicyProcess first = PolicyProcess.stuckMidAnswer("midway", "midway-first", model, 17)) {
      first.awaitLine(PolicyProcess.MID_ANSWER, 1);
    }
    assertThat(committedIds("midway")).isEmpty();
    try (PolicyUnderTest second =
        new PolicyUnderTest("midway", PolicyUnderTest.settings("midway", "midway-second"))) {
      second.start();
      assertThat(second.awaitRollouts(5)).allMatch(KilledPolicyTest::isWhole);
      assertThat(committedIds("midway")).containsExactlyInAnyOrderElementsOf(numbered(5));
    }
  }

  private static boolean isWhole(Rollout rollout) {
    return rollout.getPolicyInstance().equals("midway-second")
        && rollout.getCompletionsList().stream()
            .map(Completion::getTokenIdsCount)
            .toList()
            .equals(List.of(10, 10));
  }

  @Test
  void aPolicyKilledBetweenSendAndCommitLosesAndDoublesNothing() {
    numbered(9).forEach(id -> send(PolicyUnderTest.prompt("killed", id)));
    try (PolicyProcess first = PolicyProcess.ofMadeUpAnswers("killed", "killed-first", 3)) {
      first.awaitLine(PolicyProcess.STUCK, 1);
      assertThat(committedIds("killed")).hasSizeLessThan(9);
    }
    try (PolicyUnderTest second =
        new PolicyUnderTest("killed", PolicyUnderTest.settings("killed", "killed-second"))) {
      second.start();
      second.awaitRollouts(9);
      assertThat(committedIds("killed")).containsExactlyInAnyOrderElementsOf(numbered(9));
    }
  }

  @Test
  void aPolicyThatComesBackUnderItsOwnNameTakesItsBrokenTransactionBack() {
    numbered(6).forEach(id -> send(PolicyUnderTest.prompt("returned", id)));
    try (PolicyProcess first = PolicyProcess.ofMadeUpAnswers("returned", "returned-policy", 1)) {
      first.awaitLine(PolicyProcess.STUCK, 1);
    }
    try (PolicyUnderTest second = new PolicyUnderTest("returned")) {
      second.start();
      second.awaitRollouts(6);
      assertThat(committedIds("returned")).containsExactlyInAnyOrderElementsOf(numbered(6));
    }
  }

  @Test
  void policiesKilledAtAnyMomentLoseAndDoubleNothing() {
    numbered(40).forEach(id -> send(PolicyUnderTest.prompt("again", id)));
    Random random = new Random(7);
    for (int life = 0; life < 3; life++) {
      try (PolicyProcess policy = PolicyProcess.ofMadeUpAnswers("again", "again-" + life, NEVER)) {
        policy.awaitLine(PolicyProcess.BEGUN, 1 + random.nextInt(12));
      }
    }
    try (PolicyUnderTest last =
        new PolicyUnderTest("again", PolicyUnderTest.settings("again", "again-last"))) {
      last.start();
      last.awaitRollouts(40);
      assertThat(committedIds("again")).containsExactlyInAnyOrderElementsOf(numbered(40));
    }
  }
}
