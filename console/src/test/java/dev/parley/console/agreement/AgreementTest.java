package dev.parley.console.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AgreementTest {

  /** Units of the example C/D of Krippendorff (2011): four observers, five values, gaps. */
  private static final int[][] OBSERVERS = {
    {1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0},
    {1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3},
    {0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0},
    {1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0}
  };

  @Test
  void alphaIsThatOfKrippendorffsExample() {
    List<long[]> units = new ArrayList<>();
    for (int unit = 0; unit < 12; unit++) {
      long[] counts = new long[5];
      for (int[] observer : OBSERVERS) {
        if (observer[unit] > 0) {
          counts[observer[unit] - 1]++;
        }
      }
      units.add(counts);
    }

    assertThat(Agreement.of(units).alpha()).isCloseTo(0.743, within(0.0005));
  }

  @Test
  void alphaIsOneMinusObservedOverExpectedDisagreementOfTheCoincidences() {
    Random random = new Random(3);
    List<long[]> units = new ArrayList<>();
    for (int unit = 0; unit < 40; unit++) {
      units.add(new long[] {random.nextInt(3), random.nextInt(3), random.nextInt(2)});
    }

    double[][] coincidences = new double[3][3];
    for (long[] unit : units) {
      long judged = unit[0] + unit[1] + unit[2];
      if (judged > 1) {
        for (int one = 0; one < 3; one++) {
          for (int other = 0; other < 3; other++) {
            coincidences[one][other] +=
                (double) unit[one] * (unit[other] - (one == other ? 1 : 0)) / (judged - 1);
          }
        }
      }
    }
    double all = 0;
    double[] marginals = new double[3];
    double observed = 0;
    for (int one = 0; one < 3; one++) {
      for (int other = 0; other < 3; other++) {
        all += coincidences[one][other];
        marginals[one] += coincidences[one][other];
        observed += one == other ? 0 : coincidences[one][other];
      }
    }
    double expected = 0;
    for (int one = 0; one < 3; one++) {
      for (int other = 0; other < 3; other++) {
        expected += one == other ? 0 : marginals[one] * marginals[other] / (all - 1);
      }
    }

    assertThat(Agreement.of(units).alpha()).isCloseTo(1 - observed / expected, within(1e-12));
  }

  @Test
  void coupleByCoupleIsCounted() {
    Agreement agreement =
        Agreement.of(List.of(new long[] {2, 1, 0}, new long[] {0, 0, 2}, new long[] {1, 0, 0}));

    assertThat(agreement.pairs()).isEqualTo(2);
    assertThat(agreement.couples()).isEqualTo(4);
    assertThat(agreement.agreeing()).isEqualTo(2);
    assertThat(agreement.share()).isEqualTo(0.5);
  }

  @Test
  void whereNobodyJudgedTwiceNothingIsSaid() {
    assertThat(Agreement.of(List.of(new long[] {1, 0, 0})).alpha()).isNaN();
    assertThat(Agreement.of(List.of()).share()).isNaN();
  }

  @Test
  void wilsonsIntervalIsThatOfTheBooks() {
    Proportion half = Proportion.of(5, 10);

    assertThat(half.low()).isCloseTo(0.2366, within(0.0001));
    assertThat(half.high()).isCloseTo(0.7634, within(0.0001));
    assertThat(half.admits(0.5)).isTrue();
    assertThat(Proportion.of(90, 100).admits(0.5)).isFalse();
    assertThat(Proportion.of(0, 10).low()).isZero();
    assertThat(Proportion.of(0, 0).share()).isNaN();
  }
}
