package dev.parley.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.rl.KlEstimator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KlTermTest {
  private static final float[] LOG_PROBS = {-1f, -.5f, -2f, -.1f};
  private static final float[] REF_LOG_PROBS = {-1.2f, -.4f, -1.5f, -.3f};

  @ParameterizedTest
  @EnumSource(KlEstimator.class)
  void valuesAreThoseOfTheEstimatorWithoutGradient(KlEstimator estimator) {
    try (GradientScope scope = new GradientScope()) {
      float[] kl =
          new KlTerm(estimator, false)
              .perToken(scope.constant(LOG_PROBS), scope.constant(REF_LOG_PROBS))
              .toFloatArray();

      for (int t = 0; t < kl.length; t++) {
        assertThat(kl[t])
            .isCloseTo((float) estimator.of(LOG_PROBS[t] - REF_LOG_PROBS[t]), within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(KlEstimator.class)
  void straightThroughKeepsTheValueAndTakesTheGradientOfK2(KlEstimator estimator) {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(LOG_PROBS);
      NDArray reference = scope.constant(REF_LOG_PROBS);
      NDArray kl = new KlTerm(estimator, true).perToken(logProbs, reference);
      scope.backward(kl.sum());

      float[] plain = new KlTerm(estimator, false).perToken(logProbs, reference).toFloatArray();
      assertThat(kl.toFloatArray()).containsExactly(plain, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {.2f, -.1f, -.5f, .2f}, within(1e-6f));
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray logProbs = batch.scope().leaf(batch.tokens(1));
          NDArray weights =
              batch.scope().constant(Aggregation.TOKEN_MEAN.weights(batch.rows(), batch.counts()));
          LossTerm term =
              new KlTerm(KlEstimator.K3, false)
                  .of(
                      logProbs,
                      batch.scope().constant(batch.tokens(2)),
                      weights,
                      batch.counts().tokens(),
                      "kl");
          return new Splits.Computed(term, logProbs);
        });
  }
}
