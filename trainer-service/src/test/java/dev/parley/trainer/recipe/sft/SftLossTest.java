package dev.parley.trainer.recipe.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import org.junit.jupiter.api.Test;

class SftLossTest {
  @Test
  void theLossIsTheMeanNegativeLogProbOfTheGlobalBatch() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(-1, -3);
      LossTerm term = SftLoss.of(logProbs, 8);
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isEqualTo(.5f);
      assertThat(GradientScope.gradient(logProbs)).containsExactly(-.125f, -.125f);
      assertThat(term.metrics().get(SftMetrics.LOSS)).isEqualTo(0.5);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray logProbs = batch.scope().leaf(batch.tokens(1));
          return new Splits.Computed(SftLoss.of(logProbs, batch.counts().tokens()), logProbs);
        });
  }

  @Test
  void refusesABatchWithoutLabels() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(-1);

      assertThatThrownBy(() -> SftLoss.of(logProbs, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("check the chat template's mask");
    }
  }
}
