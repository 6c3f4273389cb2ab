package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MaskedStatisticsTest {
  private static final float[][] VALUES = {{1, 2, 99}, {6}};
  private static final boolean[][] MASK = {{true, true, false}, {true}};

  @Test
  void meanAndVariancesOfOneTwoAndSix() {
    assertThat(MaskedStatistics.mean(VALUES, MASK)).isEqualTo(3);
    assertThat(MaskedStatistics.rowMeans(VALUES, MASK)).containsExactly(1.5, 6);
    assertThat(MaskedStatistics.unbiasedVariance(VALUES, MASK)).isCloseTo(7, within(1e-12));
    assertThat(MaskedStatistics.populationVariance(VALUES, MASK))
        .isCloseTo(14.0 / 3, within(1e-12));
  }

  @Test
  void whitenedNumbersHaveMeanZeroAndUnbiasedVarianceOne() {
    RandomRows random = new RandomRows(3);
    boolean[][] mask = random.mask(6, 20);

    float[][] whitened = MaskedStatistics.whiten(random.like(mask), mask);

    assertThat(MaskedStatistics.mean(whitened, mask)).isCloseTo(0, within(1e-6));
    assertThat(MaskedStatistics.unbiasedVariance(whitened, mask)).isCloseTo(1, within(1e-6));
  }

  @Test
  void whiteningCanKeepTheMean() {
    float[][] whitened = MaskedStatistics.whitenKeepingMean(VALUES, MASK);

    assertThat(MaskedStatistics.mean(whitened, MASK)).isCloseTo(3, within(1e-6));
    assertThat(MaskedStatistics.unbiasedVariance(whitened, MASK)).isCloseTo(1, within(1e-6));
  }

  @Test
  void whiteningCoversAllRowsTogether() {
    float[][] whitened = MaskedStatistics.whiten(VALUES, MASK);

    assertThat(whitened[1][0]).isCloseTo((float) (3 / Math.sqrt(7)), within(1e-6f));
  }

  @Test
  void equalNumbersWhitenToZeroNotToNaN() {
    float[][] equal = {{.5f, .5f, .5f}};
    boolean[][] mask = {{true, true, true}};

    assertThat(MaskedStatistics.whiten(equal, mask)[0]).containsExactly(0, 0, 0);
    assertThat(MaskedStatistics.standardize(equal, mask)[0]).containsExactly(0, 0, 0);
  }

  @Test
  void rowsCanBeStandardizedByThemselves() {
    float[][] rows = {{1, 3}, {7}, {5}};
    boolean[][] mask = {{true, true}, {true}, {false}};

    float[][] standardized = MaskedStatistics.standardizeRows(rows, mask);

    assertThat(standardized[0]).containsExactly(-1, 1);
    assertThat(standardized[1]).containsExactly(0);
    assertThat(standardized[2]).containsExactly(0);
  }

  @Test
  void whatIsOutsideTheMaskIsNeitherReadNorWritten() {
    RandomRows random = new RandomRows(4);
    boolean[][] mask = random.mask(4, 8);
    float[][] values = random.like(mask);

    float[][] clean = MaskedStatistics.whiten(values, mask);
    float[][] dirty = MaskedStatistics.whiten(random.garbageOutside(values, mask), mask);

    assertThat(dirty).isDeepEqualTo(clean);
  }

  @Test
  void aPerfectCriticExplainsAllVarianceAndAConstantNone() {
    float[][] returns = {{1, 2, 6}};
    boolean[][] mask = {{true, true, true}};

    assertThat(MaskedStatistics.explainedVariance(returns, returns, mask)).isEqualTo(1);
    assertThat(MaskedStatistics.explainedVariance(new float[][] {{4, 4, 4}}, returns, mask))
        .isCloseTo(0, within(1e-12));
    assertThat(MaskedStatistics.explainedVariance(returns, new float[][] {{4, 4, 4}}, mask))
        .isNaN();
  }

  @Test
  void oneTokenHasNoUnbiasedVariance() {
    assertThatThrownBy(() -> MaskedStatistics.whiten(new float[][] {{1}}, new boolean[][] {{true}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs two action tokens, the mask has 1");
  }
}
