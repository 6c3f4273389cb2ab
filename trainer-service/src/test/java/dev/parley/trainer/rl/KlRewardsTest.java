package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KlRewardsTest {
  @Test
  void everyActionTokenPaysForItsKl() {
    float[][] rewards =
        KlRewards.penalty(
            new float[][] {{2, -4, Float.NaN}}, new boolean[][] {{true, true, false}}, 0.25);

    assertThat(rewards[0]).containsExactly(-.5f, 1, 0);
  }

  @Test
  void refusesANegativeCoefficient() {
    assertThatThrownBy(() -> KlRewards.penalty(new float[][] {{1}}, new boolean[][] {{true}}, -0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the KL coefficient is -0.1; give a number of at least 0");
  }
}
