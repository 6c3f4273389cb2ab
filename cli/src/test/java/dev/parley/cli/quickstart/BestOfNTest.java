package dev.parley.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BestOfNTest {

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
  void moreThanThereAreIsRefused() {
    assertThatThrownBy(() -> BestOfN.expected(new double[2], new double[2], 3))
        .hasMessageContaining("best of 3 from 2 scores");
  }

  @Test
  void klGrowsWithTheLogarithm() {
    assertThat(BestOfN.kl(1)).isZero();
    assertThat(BestOfN.kl(16)).isEqualTo(Math.log(16) - 15.0 / 16);
  }
}
