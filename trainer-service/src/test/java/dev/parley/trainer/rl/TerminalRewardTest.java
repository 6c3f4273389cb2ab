package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TerminalRewardTest {
  @Test
  void theScoreIsAddedOnTheLastActionToken() {
    float[][] rewards = {{.5f, .5f, .5f, .5f}, {.25f}};
    boolean[][] mask = {{false, true, true, false}, {true}};

    TerminalReward.PLAIN.addTo(rewards, mask, new float[] {2, -1}, new boolean[] {true, true});

    assertThat(rewards[0]).containsExactly(.5f, .5f, 2.5f, .5f);
    assertThat(rewards[1]).containsExactly(-.75f);
  }

  @Test
  void scoresAreClippedBeforeThePenaltyForAMissingEndIsTaken() {
    TerminalReward terminal = new TerminalReward(-10, 10, 1.5);

    assertThat(terminal.reward(25, true)).isEqualTo(10);
    assertThat(terminal.reward(25, false)).isEqualTo(8.5);
    assertThat(terminal.reward(-25, false)).isEqualTo(-11.5);
    assertThat(terminal.reward(3, true)).isEqualTo(3);
  }

  @Test
  void aMissingScoreIsRefusedNotTakenAsZero() {
    assertThatThrownBy(
            () ->
                TerminalReward.PLAIN.addTo(
                    new float[][] {{0}},
                    new boolean[][] {{true}},
                    new float[] {Float.NaN},
                    new boolean[] {true}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the score of row 0 is NaN; leave rows without a score out of the batch");
  }

  @Test
  void aRowWithoutActionTokensIsRefused() {
    assertThatThrownBy(
            () ->
                TerminalReward.PLAIN.addTo(
                    new float[][] {{0}},
                    new boolean[][] {{false}},
                    new float[] {1},
                    new boolean[] {true}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 0 has no action token");
  }

  @Test
  void refusesCrossedBoundsAndNegativePenalties() {
    assertThatThrownBy(() -> new TerminalReward(1, -1, 0))
        .hasMessage("scores cannot be clipped to [1.0, -1.0]; give the lower bound first");
    assertThatThrownBy(() -> new TerminalReward(-1, 1, -2))
        .hasMessageContaining("give a number of at least 0, it is subtracted");
  }
}
