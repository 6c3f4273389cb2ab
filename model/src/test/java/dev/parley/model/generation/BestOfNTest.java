package dev.parley.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
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

  @Test
  void theBestOfOneIsTheMean() {
    assertThat(BestOfN.expected(new double[] {3, 1, 2}, new double[] {10, 20, 60}, 1))
        .isEqualTo(30, within(1e-12));
  }

  @Test
  void theBestOfAllIsTheOneThatScoresHighest() {
    assertThat(BestOfN.expected(new double[] {3, 1, 2}, new double[] {10, 20, 60}, 3))
        .isEqualTo(10);
  }

  @Test
  void theBestOfTwoOfThreeIsTheMeanOverThePairs() {
    // Pairs (3, 1), (3, 2) choose 10, pair (1, 2) chooses 60.
    assertThat(BestOfN.expected(new double[] {3, 1, 2}, new double[] {10, 20, 60}, 2))
        .isEqualTo(80 / 3.0, within(1e-12));
  }

  @Test
  void answersOfEqualScoreAreChosenEquallyOften() {
    // Pairs: (1, 1) chooses either, (1, 0) twice the one that scores 1.
    assertThat(BestOfN.expected(new double[] {1, 0, 1}, new double[] {10, 99, 20}, 2))
        .isEqualTo(15, within(1e-12));
  }

  @Test
  void itIsWhatDrawingAgainAndAgainShows() {
    Random random = new Random(5);
    double[] proxy = random.doubles(12).toArray();
    double[] value = random.doubles(12).toArray();
    double sum = 0;
    int draws = 200_000;
    for (int draw = 0; draw < draws; draw++) {
      int best = -1;
      for (int picked : random.ints(0, 12).distinct().limit(4).toArray()) {
        best = best < 0 || proxy[picked] > proxy[best] ? picked : best;
      }
      sum += value[best];
    }
    assertThat(BestOfN.expected(proxy, value, 4)).isEqualTo(sum / draws, within(3e-3));
  }

  @Test
  void valuesBelongToScores() {
    assertThatThrownBy(() -> BestOfN.expected(new double[2], new double[2], 3))
        .hasMessageContaining("best of 3 from 2 scores");
    assertThatThrownBy(() -> BestOfN.expected(new double[2], new double[3], 1))
        .hasMessage("3 values of 2 scores");
  }

  @Test
  void klGrowsWithTheLogarithm() {
    assertThat(BestOfN.klBound(1)).isZero();
    assertThat(BestOfN.klBound(16)).isEqualTo(Math.log(16) - 15.0 / 16);
  }
}
