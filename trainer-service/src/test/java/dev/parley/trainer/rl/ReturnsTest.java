package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReturnsTest {
  @Test
  void rewardsToComeAreDiscountedPerActionToken() {
    float[][] returns =
        Returns.discounted(
            new float[][] {{1, 50, 2, 4}}, new boolean[][] {{true, false, true, true}}, 0.5);

    assertThat(returns[0]).containsExactly(3, 0, 4, 4);
  }

  @Test
  void gammaZeroIsTheRewardItself() {
    RandomRows random = new RandomRows(6);
    boolean[][] mask = {{true, true, true}};
    float[][] rewards = random.like(mask);

    assertThat(Returns.discounted(rewards, mask, 0)).isDeepEqualTo(rewards);
  }

  @Test
  void aNumberPerRowReachesItsActionTokens() {
    float[][] tokens = Returns.spread(new float[] {2, 3}, new boolean[][] {{true, false}, {true}});

    assertThat(tokens[0]).containsExactly(2, 0);
    assertThat(tokens[1]).containsExactly(3);
  }

  @Test
  void refusesRowsWithoutANumber() {
    assertThatThrownBy(() -> Returns.spread(new float[] {2}, new boolean[][] {{true}, {true}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 numbers for 2 rows; give one number for each row");
  }
}
