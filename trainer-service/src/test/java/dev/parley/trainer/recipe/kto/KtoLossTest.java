package dev.parley.trainer.recipe.kto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.recipe.kto.KtoLoss.Origin;
import org.junit.jupiter.api.Test;

class KtoLossTest {
  private static final KtoLoss.Settings SETTINGS =
      new KtoLoss.Settings(Origin.MEASURED_KL, 0.5, 1, 3);

  @Test
  void atTheReferencePointEveryAnswerCostsHalfItsWeight() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(2, 2);
      KtoLoss.Result result =
          KtoLoss.of(logProbs, scope.constant(0, 0), new boolean[] {true, false}, 2, 2, SETTINGS);
      scope.backward(result.loss());

      assertThat(result.losses().toFloatArray()).containsExactly(.5f, 1.5f);
      assertThat(result.loss().getFloat()).isEqualTo(1);
      // ∓ w β σ'(0) / n = ∓ w · 0.5 · 0.25 / 2
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-.0625f, .1875f}, within(1e-7f));
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
              0,
              3,
              SETTINGS);

      assertThat(result.metrics().get(KtoMetrics.CHOSEN_REWARDS)).isEqualTo(4);
      assertThat(result.metrics().get(KtoMetrics.CHOSEN_COUNT)).isEqualTo(2);
      assertThat(result.metrics().get(KtoMetrics.REJECTED_REWARDS)).isEqualTo(2);
      assertThat(result.metrics().get(KtoMetrics.REJECTED_COUNT)).isEqualTo(1);
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
          for (int i = 0; i < desirable.length; i++) {
            desirable[i] = (batch.from() + i) % 3 == 0;
          }
          KtoLoss.Result result =
              KtoLoss.of(
                  logProbs,
                  batch.scope().constant(batch.perRow(2)),
                  desirable,
                  0.3,
                  batch.counts().sequences(),
                  SETTINGS);
          return new Splits.Computed(new LossTerm(result.loss(), result.metrics()), logProbs);
        });
  }

  @Test
  void refusesANegativeWeight() {
    assertThatThrownBy(() -> new KtoLoss.Settings(Origin.ZERO, 0.1, 1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("beta 0.1, weights 1.0 and -1.0; give numbers above 0");
  }
}
