package dev.parley.trainer.recipe.awr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import org.junit.jupiter.api.Test;

class AwrLossTest {

  @Test
  void anAdvantageOfZeroWeighsOneAndNoWeightIsAboveTheMost() {
    double[] weights = AwrLoss.weights(new float[] {0, 1, -1, 100}, 0.5, 20);
    assertThat(weights[0]).isEqualTo(1);
    assertThat(weights[1]).isCloseTo(Math.exp(2), within(1e-12));
    assertThat(weights[2]).isCloseTo(Math.exp(-2), within(1e-12));
    assertThat(weights[3]).isEqualTo(20);
  }

  @Test
  void theLossIsTheWeightedNegativeLogProbPerTokenOfTheStep() {
    try (GradientScope scope = new GradientScope()) {
      NDArray sums = scope.constant(-6, -2);
      AwrLoss.Step step = new AwrLoss.Step(4, 10, 20);
      LossTerm term = AwrLoss.of(sums, new double[] {2, 0.5}, new double[] {1, 0}, step);
      assertThat(term.loss().getFloat()).isCloseTo(1.3f, within(1e-6f));
      assertThat(term.metrics().get("nll_loss")).isCloseTo(0.8, within(1e-6));
      assertThat(term.metrics().get("awr/weight")).isCloseTo(2.5 / 4, within(1e-6));
      assertThat(term.metrics().get("awr/score")).isCloseTo(0.25, within(1e-6));
    }
  }

  @Test
  void theGradientOfALogProbIsItsWeightOverTheTokens() {
    try (GradientScope scope = new GradientScope()) {
      NDArray sums = scope.leaf(-6, -2);
      AwrLoss.Step step = new AwrLoss.Step(2, 10, 20);
      scope.backward(AwrLoss.of(sums, new double[] {2, 0.5}, new double[2], step).loss());
      assertThat(GradientScope.gradient(sums)).containsExactly(-0.2f, -0.05f);
    }
  }
}
