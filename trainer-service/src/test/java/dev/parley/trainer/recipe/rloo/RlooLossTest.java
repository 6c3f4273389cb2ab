package dev.parley.trainer.recipe.rloo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.policygradient.Clip;
import org.junit.jupiter.api.Test;

class RlooLossTest {
  private static final PackedRows ROWS = PackedRows.ofLengths(2, 1);

  @Test
  void onPolicyEveryTokenOfAnAnswerGetsTheAnswersAdvantage() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(-1, -2, -3);
      LossTerm term =
          RlooLoss.of(
              logProbs, scope.constant(-3, -3), scope.constant(2, -2), ROWS, 2, Clip.of(0.2, 0.2));
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isCloseTo(0, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-1, -1, 1}, within(1e-6f));
      assertThat(term.metrics().get(RlooMetrics.CLIPPED)).isZero();
    }
  }

  @Test
  void anAnswerThatBecameTwiceAsLikelyIsClipped() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf((float) Math.log(2), 0, 0);
      LossTerm term =
          RlooLoss.of(
              logProbs, scope.constant(0, 0), scope.constant(1, 1), ROWS, 2, Clip.of(0.2, 0.3));
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isCloseTo(-(1.3f + 1) / 2, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {0, 0, -.5f}, within(1e-6f));
      assertThat(term.metrics().get(RlooMetrics.CLIPPED)).isEqualTo(0.5);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray logProbs = batch.scope().leaf(batch.tokens(1));
          LossTerm term =
              RlooLoss.of(
                  logProbs,
                  batch.scope().constant(batch.perRow(2)),
                  batch.scope().constant(batch.perRow(3)),
                  batch.rows(),
                  batch.counts().sequences(),
                  Clip.of(0.2, 0.2));
          return new Splits.Computed(term, logProbs);
        });
  }
}
