package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BestOfNTest {
  @Test
  void oneSampleIsTheSamplerItself() {
    assertThat(BestOfN.klBound(1)).isZero();
    assertThat(BestOfN.klBound(4)).isCloseTo(Math.log(4) - 0.75, within(1e-15));
  }

  @Test
  void theFirstOfEqualScoresWinsAndNaNNeverDoes() {
    assertThat(BestOfN.bestIndex(new float[] {Float.NaN, 2, 5, 5})).isEqualTo(2);
    assertThatThrownBy(() -> BestOfN.bestIndex(new float[] {Float.NaN}))
        .hasMessage("none of 1 answers has a score; leave the prompt out");
  }

  @Test
  void theEstimateIsTheMeanOfTheMaximumOverAllSubsets() {
    float[] scores = {3, -1, 4, 1, 5, .5f};

    for (int n = 1; n <= scores.length; n++) {
      assertThat(BestOfN.expectedBest(scores, n))
          .as("n = %d", n)
          .isCloseTo(meanOfMaxima(scores, n), within(1e-9));
    }
  }

  private static double meanOfMaxima(float[] scores, int n) {
    double sum = 0;
    int subsets = 0;
    for (int subset = 0; subset < 1 << scores.length; subset++) {
      if (Integer.bitCount(subset) == n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < scores.length; i++) {
          max = (subset >> i & 1) == 1 ? Math.max(max, scores[i]) : max;
        }
        sum += max;
        subsets++;
      }
    }
    return sum / subsets;
  }

  @Test
  void refusesMoreSamplesThanScores() {
    assertThatThrownBy(() -> BestOfN.expectedBest(new float[3], 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the best of 4 from 3 scores; give 1 to 3");
  }
}
