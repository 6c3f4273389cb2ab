package dev.parley.policy.rollout;

import static dev.parley.policy.rollout.PolicyUnderTest.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.policy.SharedBroker;
import dev.parley.proto.rollout.v1.Rollout;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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

  @Test
  void aPolicyKilledBetweenSendAndCommitLosesAndDoublesNothing() {
    numbered(9).forEach(id -> send(PolicyUnderTest.prompt("killed", id)));
    int committedBefore;
    try (PolicyProcess first = new PolicyProcess("killed", "killed-first", 3)) {
      first.awaitLine(PolicyProcess.STUCK, 1);
      committedBefore = committedIds("killed").size();
      assertThat(committedBefore).isLessThan(9);
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
    try (PolicyProcess first = new PolicyProcess("returned", "returned-policy", 1)) {
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
    numbered(60).forEach(id -> send(PolicyUnderTest.prompt("again", id)));
    Random random = new Random(7);
    for (int life = 0; life < 4; life++) {
      try (PolicyProcess policy = new PolicyProcess("again", "again-" + life, NEVER)) {
        policy.awaitLine(PolicyProcess.BEGUN, 1 + random.nextInt(15));
      }
    }
    try (PolicyUnderTest last =
        new PolicyUnderTest("again", PolicyUnderTest.settings("again", "again-last"))) {
      last.start();
      last.awaitRollouts(60);
      assertThat(committedIds("again")).containsExactlyInAnyOrderElementsOf(numbered(60));
    }
  }
}
