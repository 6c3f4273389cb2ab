package dev.parley.trainer.recipe.processreward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import org.junit.jupiter.api.Test;

class StepLossTest {

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void theLossIsTheCrossEntropyOfTheLabels() {
    try (GradientScope scope = new GradientScope()) {
      NDArray scores = scope.leaf(2, -1, 0.5f);
      LossTerm term = StepLoss.of(scores, scope.constant(1, 0, 0.25f), 3);
      scope.backward(term.loss());
      double expected =
          -(Math.log(sigmoid(2))
                  + Math.log(1 - sigmoid(-1))
                  + 0.25 * Math.log(sigmoid(0.5))
                  + 0.75 * Math.log(1 - sigmoid(0.5)))
              / 3;
      assertThat(term.loss().getFloat()).isCloseTo((float) expected, within(1e-6f));
      // The gradient is (σ(r) − y) / steps.
      assertThat(GradientScope.gradient(scores))
          .containsExactly(
              new float[] {
                (float) ((sigmoid(2) - 1) / 3),
                (float) (sigmoid(-1) / 3),
                (float) ((sigmoid(0.5) - 0.25) / 3)
              },
              within(1e-6f));
    }
  }

  @Test
  void metricsOfFourStepsByHand() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term = StepLoss.of(scope.leaf(2, -1, 3, 0), scope.constant(1, 0, 0, 1), 4);
      assertThat(term.metrics().get(ProcessRewardMetrics.ACCURACY)).isEqualTo(0.5);
      assertThat(term.metrics().get(ProcessRewardMetrics.GOOD_SHARE)).isEqualTo(0.5);
      assertThat(term.metrics().get(ProcessRewardMetrics.MEAN_PROBABILITY))
          .isCloseTo((sigmoid(2) + sigmoid(-1) + sigmoid(3) + 0.5) / 4, within(1e-6));
    }
  }

  @Test
  void aHopelessStepDoesNotOverflow() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term = StepLoss.of(scope.leaf(1000, -1000), scope.constant(0, 1), 2);
      assertThat(term.loss().getFloat()).isEqualTo(1000);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray scores = batch.scope().leaf(batch.perRow(1));
          NDArray labels =
              batch.scope().constant(batch.perRow(2)).gt(0).toType(scores.getDataType(), false);
          return new Splits.Computed(
              StepLoss.of(scores, labels, batch.counts().sequences()), scores);
        });
  }
}
