package dev.parley.trainer.critic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import org.junit.jupiter.api.Test;

class ValueLossTest {

  @Test
  void theLossTakesTheWorseOfPlainAndClipped() {
    try (GradientScope scope = new GradientScope()) {
      // V, V_old, R: inside the clip; clipped to 0.2 and worse; clipped but better than plain
      NDArray values = scope.leaf(.1f, 1, -1);
      LossTerm term =
          ValueLoss.of(
              values,
              scope.constant(0, 0, 0),
              scope.constant(1, 1, 1),
              scope.constant(1 / 3f, 1 / 3f, 1 / 3f),
              3,
              0.2);
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isCloseTo((.81f + .64f + 4) / 6, within(1e-6f));
      assertThat(GradientScope.gradient(values))
          .containsExactly(new float[] {-.9f / 3, 0, -2f / 3}, within(1e-6f));
      assertThat(term.metrics().get(CriticMetrics.CLIP_FRACTION)).isCloseTo(1 / 3.0, within(1e-6));
      assertThat(term.metrics().get(CriticMetrics.ERROR))
          .isCloseTo((.81 + 0 + 4) / 3, within(1e-6));
    }
  }

  @Test
  void valuesInsideTheClipAreNeverCountedAsClipped() {
    try (GradientScope scope = new GradientScope()) {
      float[] values = new float[1000];
      float[] oldValues = new float[1000];
      float[] weights = new float[1000];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) Math.sin(i);
        oldValues[i] = values[i] + 0.1f * (float) Math.cos(i);
      }
      LossTerm term =
          ValueLoss.of(
              scope.leaf(values),
              scope.constant(oldValues),
              scope.constant(weights),
              scope.constant(weights),
              1000,
              0.2);

      assertThat(term.metrics().get(CriticMetrics.CLIP_FRACTION)).isZero();
    }
  }

  @Test
  void withoutAClipTheLossIsHalfTheSquaredError() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term =
          ValueLoss.of(
              scope.leaf(5),
              scope.constant(0),
              scope.constant(1),
              scope.constant(1),
              1,
              Double.POSITIVE_INFINITY);

      assertThat(term.loss().getFloat()).isEqualTo(8);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray values = batch.scope().leaf(batch.tokens(1));
          LossTerm term =
              ValueLoss.of(
                  values,
                  batch.scope().constant(batch.tokens(2)),
                  batch.scope().constant(batch.tokens(3)),
                  batch
                      .scope()
                      .constant(Aggregation.TOKEN_MEAN.weights(batch.rows(), batch.counts())),
                  batch.counts().tokens(),
                  0.2);
          return new Splits.Computed(term, values);
        });
  }
}
