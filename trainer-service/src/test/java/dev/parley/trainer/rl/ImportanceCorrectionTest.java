package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.rl.ImportanceCorrection.Bound;
import dev.parley.trainer.rl.ImportanceCorrection.Level;
import org.junit.jupiter.api.Test;

class ImportanceCorrectionTest {
  private static final float LN2 = (float) Math.log(2);
  private static final float[][] ZEROS = {{0, 0, 0}, {0}};
  private static final float[][] TRAIN = {{LN2, 2 * LN2, 77}, {-LN2}};
  private static final boolean[][] MASK = {{true, true, false}, {true}};

  @Test
  void equalLogProbsGiveWeightOneAndTheFullSampleSize() {
    RandomRows random = new RandomRows(5);
    boolean[][] mask = random.mask(4, 6);
    float[][] logProbs = random.like(mask);

    ImportanceCorrection.Weights weights =
        ImportanceCorrection.truncated(Level.SEQUENCE, 2).weights(logProbs, logProbs, mask);

    assertThat(weights.meanWeight()).isEqualTo(1);
    assertThat(weights.effectiveSampleSize()).isEqualTo(1);
    assertThat(weights.boundedFraction()).isZero();
  }

  @Test
  void tokenWeightsAreTruncatedFromAbove() {
    ImportanceCorrection.Weights weights =
        ImportanceCorrection.truncated(Level.TOKEN, 3).weights(TRAIN, ZEROS, MASK);

    assertThat(weights.weights()[0]).containsExactly(new float[] {2, 3, 0}, within(1e-6f));
    assertThat(weights.weights()[1]).containsExactly(new float[] {.5f}, within(1e-6f));
    assertThat(weights.boundedFraction()).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(weights.meanWeight()).isCloseTo(5.5 / 3, within(1e-6));
    assertThat(weights.effectiveSampleSize())
        .isCloseTo(5.5 * 5.5 / 3 / (4 + 9 + .25), within(1e-6));
  }

  @Test
  void sequenceWeightsAreTheProductOfTheRowsRatios() {
    ImportanceCorrection.Weights weights =
        ImportanceCorrection.truncated(Level.SEQUENCE, 100).weights(TRAIN, ZEROS, MASK);

    assertThat(weights.weights()[0]).containsExactly(new float[] {8, 8, 0}, within(1e-5f));
    assertThat(weights.weights()[1]).containsExactly(new float[] {.5f}, within(1e-6f));
  }

  @Test
  void weightsOutsideTwoBoundsCanBeDropped() {
    ImportanceCorrection correction =
        new ImportanceCorrection(Level.TOKEN, Bound.DROP, 0.6, 3, false);

    ImportanceCorrection.Weights weights = correction.weights(TRAIN, ZEROS, MASK);

    assertThat(weights.weights()[0]).containsExactly(new float[] {2, 0, 0}, within(1e-6f));
    assertThat(weights.weights()[1]).containsExactly(0);
  }

  @Test
  void weightsOutsideTwoBoundsCanBeMovedToThem() {
    ImportanceCorrection correction =
        new ImportanceCorrection(Level.TOKEN, Bound.TRUNCATE, 0.6, 3, false);

    ImportanceCorrection.Weights weights = correction.weights(TRAIN, ZEROS, MASK);

    assertThat(weights.weights()[1]).containsExactly(new float[] {.6f}, within(1e-6f));
  }

  @Test
  void normalizedTokenWeightsHaveMeanOne() {
    ImportanceCorrection correction =
        new ImportanceCorrection(Level.TOKEN, Bound.TRUNCATE, 0, 3, true);

    float[][] weights = correction.weights(TRAIN, ZEROS, MASK).weights();

    assertThat(MaskedStatistics.mean(weights, MASK)).isCloseTo(1, within(1e-6));
  }

  @Test
  void normalizedSequenceWeightsHaveMeanOneOverRows() {
    ImportanceCorrection correction =
        new ImportanceCorrection(Level.SEQUENCE, Bound.TRUNCATE, 0, 100, true);

    float[][] weights = correction.weights(TRAIN, ZEROS, MASK).weights();

    assertThat(weights[0][0] + weights[1][0]).isCloseTo(2, within(1e-6f));
  }

  @Test
  void anImpossibleTokenDoesNotOverflow() {
    ImportanceCorrection.Weights weights =
        new ImportanceCorrection(Level.TOKEN, Bound.TRUNCATE, 0, 1e30, false)
            .weights(new float[][] {{0}}, new float[][] {{-1e9f}}, new boolean[][] {{true}});

    assertThat(weights.weights()[0][0]).isCloseTo((float) Math.exp(20), within(1e3f));
  }

  @Test
  void refusesCrossedBounds() {
    assertThatThrownBy(() -> new ImportanceCorrection(Level.TOKEN, Bound.DROP, 2, 0.5, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("importance weights cannot be bounded to [2.0, 0.5]; give 0 <= lower < upper");
  }
}
