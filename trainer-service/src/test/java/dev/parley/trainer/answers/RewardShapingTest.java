package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.rl.OverlongPenalty;
import dev.parley.trainer.rl.TerminalReward;
import dev.parley.trainer.toy.ToyAnswers;
import java.util.List;
import org.junit.jupiter.api.Test;

class RewardShapingTest {

  private static final List<Sample> SAMPLES =
      List.of(
          ToyAnswers.answer("p", 0, 4, 9, true),
          ToyAnswers.answer("p", 1, 8, 1, true),
          ToyAnswers.answer("p", 2, 10, 1, false));

  private static RewardShaping shaping(boolean maskTruncated) {
    return new RewardShaping(
        new TerminalReward(-5, 5, 0.25), new OverlongPenalty(10, 4, 1), maskTruncated);
  }

  @Test
  void scoresAreClippedThenAMissingEndAndLengthAreSubtracted() {
    assertThat(shaping(false).rewards(SAMPLES)).containsExactly(5, 1 - 0.5f, 1 - 0.25f - 1);
  }

  @Test
  void whatWasCutOffIsLearntFromUnlessMasked() {
    assertThat(shaping(false).learnt(SAMPLES)).containsExactly(0, 1, 2);
    assertThat(shaping(true).learnt(SAMPLES)).containsExactly(0, 1);
  }
}
