package dev.parley.trainer.recipe.kto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.preference.AnswerMetrics;
import dev.parley.trainer.preference.LogProbMetrics;
import dev.parley.trainer.recipe.kto.KtoLoss.Origin;
import org.junit.jupiter.api.Test;

class KtoLossTest {
  private static final KtoLoss.Settings SETTINGS =
      new KtoLoss.Settings(Origin.MEASURED_KL, 0.5, 1, 3);

  /** Of a good answer and a bad one that the reference gives a log-probability of 0. */
  private static KtoLoss.Result oneEach(
      GradientScope scope, NDArray logProbs, float doubt, double referencePoint) {
    return KtoLoss.of(
        logProbs,
        scope.constant(0, 0),
        new boolean[] {true, false},
        new float[] {doubt, doubt},
        referencePoint,
        new KtoLoss.Counts(1, 1),
        SETTINGS);
  }

  @Test
  void atTheReferencePointEveryAnswerCostsHalfItsWeight() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(2, 2);
      KtoLoss.Result result = oneEach(scope, logProbs, 0, 2);
      scope.backward(result.loss());

      assertThat(result.losses().toFloatArray()).containsExactly(.5f, 1.5f);
      assertThat(result.loss().getFloat()).isEqualTo(1);
      // ∓ w β σ'(0) / n = ∓ w · 0.5 · 0.25 / 2
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-.0625f, .1875f}, within(1e-7f));
    }
  }

  @Test
  void aVerdictThatIsDoubtedCostsTheOtherSideAsWellByHand() {
    try (GradientScope scope = new GradientScope()) {
      // β (x − z_0) = 0.5 · 2: a gain of 1 for the good answer, a loss of 1 for the bad one
      NDArray logProbs = scope.leaf(2, 2);
      KtoLoss.Result result = oneEach(scope, logProbs, 0.25f, 0);
      scope.backward(result.loss());

      double sigma = 1 / (1 + Math.exp(-1));
      double good = 0.75 * (1 - sigma) + 0.25 * sigma;
      double bad = 3 * (0.75 * sigma + 0.25 * (1 - sigma));
      assertThat(result.losses().toFloatArray())
          .containsExactly(new float[] {(float) good, (float) bad}, within(1e-6f));
      // 2p − 1 = ½ of the gradient of a certain verdict, w β σ (1 − σ) / n
      float pull = (float) (0.5 * 0.5 * sigma * (1 - sigma) / 2);
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-pull, 3 * pull}, within(1e-6f));
    }
  }

  @Test
  void aVerdictThatMayAsWellBeWrongTeachesNothing() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(2, -1);
      KtoLoss.Result result = oneEach(scope, logProbs, 0.5f, 0);
      scope.backward(result.loss());

      assertThat(GradientScope.gradient(logProbs)).containsExactly(new float[2], within(1e-7f));
    }
  }

  @Test
  void rewardsAreCountedByLabel() {
    try (GradientScope scope = new GradientScope()) {
      KtoLoss.Result result =
          KtoLoss.of(
              scope.leaf(2, 4, 6),
              scope.constant(0, 0, 0),
              new boolean[] {true, false, true},
              new float[3],
              0,
              new KtoLoss.Counts(2, 1),
              SETTINGS);

      assertThat(result.metrics().get(AnswerMetrics.CHOSEN_REWARD)).isEqualTo((1 + 3) / 2.0);
      assertThat(result.metrics().get(KtoMetrics.CHOSEN_COUNT)).isEqualTo(2);
      assertThat(result.metrics().get(AnswerMetrics.REJECTED_REWARD)).isEqualTo(2);
      assertThat(result.metrics().get(AnswerMetrics.MARGIN)).isEqualTo(0);
      assertThat(result.metrics().get(LogProbMetrics.CHOSEN)).isEqualTo(4);
      assertThat(result.metrics().get(LogProbMetrics.REJECTED)).isEqualTo(4);
      assertThat(result.metrics().get(KtoMetrics.REJECTED_COUNT)).isEqualTo(1);
    }
  }

  @Test
  void ofAKindThatTheBatchLacksThereIsNoMean() {
    try (GradientScope scope = new GradientScope()) {
      KtoLoss.Result result =
          KtoLoss.of(
              scope.leaf(2),
              scope.constant(0),
              new boolean[] {true},
              new float[1],
              0,
              new KtoLoss.Counts(1, 0),
              SETTINGS);

      assertThat(result.metrics().values())
          .containsKey(AnswerMetrics.CHOSEN_REWARD)
          .doesNotContainKeys(
              AnswerMetrics.REJECTED_REWARD, LogProbMetrics.REJECTED, AnswerMetrics.MARGIN);
    }
  }

  @Test
  void theReferencePointIsTheMeanKlButNeverNegative() {
    assertThat(KtoLoss.referencePoint(new float[] {-1, -2}, new float[] {-2, -5})).isEqualTo(2);
    assertThat(KtoLoss.referencePoint(new float[] {-5}, new float[] {-2})).isZero();
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray logProbs = batch.scope().leaf(batch.perRow(1));
          boolean[] desirable = new boolean[batch.rows().rows()];
          float[] doubts = new float[desirable.length];
          for (int i = 0; i < desirable.length; i++) {
            desirable[i] = (batch.from() + i) % 3 == 0;
            doubts[i] = (batch.from() + i) % 2 == 0 ? 0.2f : 0;
          }
          KtoLoss.Result result =
              KtoLoss.of(
                  logProbs,
                  batch.scope().constant(batch.perRow(2)),
                  desirable,
                  doubts,
                  0.3,
                  counts(batch),
                  SETTINGS);
          return new Splits.Computed(new LossTerm(result.loss(), result.metrics()), logProbs);
        });
  }

  /** Every third answer of the whole batch is good. */
  private static KtoLoss.Counts counts(Splits.MicroBatch batch) {
    long good = (batch.counts().sequences() + 2) / 3;
    return new KtoLoss.Counts(good, batch.counts().sequences() - good);
  }

  @Test
  void refusesANegativeWeight() {
    assertThatThrownBy(() -> new KtoLoss.Settings(Origin.ZERO, 0.1, 1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("beta 0.1, weights 1.0 and -1.0; give numbers above 0");
  }
}
