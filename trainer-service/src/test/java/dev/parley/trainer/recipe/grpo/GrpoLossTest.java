package dev.parley.trainer.recipe.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.ClipMetrics;
import dev.parley.trainer.policygradient.PackedAnswers;
import dev.parley.trainer.recipe.grpo.GrpoLoss.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GrpoLossTest {
  private static final Clip CLIP = Clip.of(0.2, 0.2);
  private static final float LN2 = (float) Math.log(2);

  private static GrpoLoss.Settings settings(GrpoLoss.Variant variant, Level level) {
    return new GrpoLoss.Settings(variant, level, CLIP, 0, false);
  }

  @Test
  void onPolicyTheLossIsMinusTheMeanAdvantageAndTheGradientReinforce() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(-1, -2, -3);
      LossTerm term =
          GrpoLoss.of(
              PackedAnswers.of(
                  logProbs,
                  scope.constant(-1, -2, -3),
                  scope.constant(0, 0, 0),
                  scope.constant(6, 6, -3),
                  PackedRows.ofLengths(2, 1),
                  new GlobalCounts(3, 2, 2)),
              settings(GrpoLoss.Variant.GRPO, Level.TOKEN));
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isCloseTo(-1.5f, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-1.5f, -1.5f, 1.5f}, within(1e-6f));
    }
  }

  @Test
  void aRatioOfTheAnswerIsTheGeometricMeanOfItsTokens() {
    try (GradientScope scope = new GradientScope()) {
      // ratios 4 and 1: the answer's is 2, above 1.2, so both tokens are clipped
      LossTerm term =
          GrpoLoss.of(
              PackedAnswers.of(
                  scope.leaf(2 * LN2, 0),
                  scope.constant(0, 0),
                  scope.constant(0, 0),
                  scope.constant(1, 1),
                  PackedRows.ofLengths(2),
                  new GlobalCounts(2, 1, 2)),
              settings(GrpoLoss.Variant.GRPO, Level.SEQUENCE));

      assertThat(term.loss().getFloat()).isCloseTo(-1.2f, within(1e-6f));
      assertThat(term.metrics().get(ClipMetrics.HIGH)).isCloseTo(1, within(1e-6));
      assertThat(term.metrics().get(ClipMetrics.LOW)).isZero();
    }
  }

  @Test
  void theKlOfAPolicyAtItsReferenceIsZero() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term =
          GrpoLoss.of(
              PackedAnswers.of(
                  scope.leaf(-1),
                  scope.constant(-1),
                  scope.constant(-1),
                  scope.constant(1),
                  PackedRows.ofLengths(1),
                  new GlobalCounts(1, 1, 1)),
              new GrpoLoss.Settings(GrpoLoss.Variant.GRPO, Level.TOKEN, CLIP, 0.5, false));

      assertThat(term.metrics().get(GrpoMetrics.KL)).isZero();
      assertThat(term.loss().getFloat()).isCloseTo(-1, within(1e-6f));
    }
  }

  @Test
  void deltaBoundsTheLossOfBadTokensThatBecameLikely() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term =
          GrpoLoss.of(
              PackedAnswers.of(
                  scope.leaf(2 * LN2),
                  scope.constant(0),
                  scope.constant(0),
                  scope.constant(-1),
                  PackedRows.ofLengths(1),
                  new GlobalCounts(1, 1, 1)),
              new GrpoLoss.Settings(
                  GrpoLoss.Variant.GRPO, Level.TOKEN, CLIP.withDual(3), 0, false));

      assertThat(term.loss().getFloat()).isCloseTo(3, within(1e-6f));
    }
  }

  @Test
  void cispoKeepsAGradientWhereTheRatioIsClipped() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(2 * LN2);
      LossTerm term =
          GrpoLoss.of(
              PackedAnswers.of(
                  logProbs,
                  scope.constant(0),
                  scope.constant(0),
                  scope.constant(1),
                  PackedRows.ofLengths(1),
                  new GlobalCounts(1, 1, 1)),
              new GrpoLoss.Settings(
                  GrpoLoss.Variant.CISPO, Level.TOKEN, Clip.of(0.2, 1.5), 0, false));
      scope.backward(term.loss());

      assertThat(GradientScope.gradient(logProbs)).containsExactly(-1.5f);
    }
  }

  @ParameterizedTest
  @EnumSource(GrpoLoss.Variant.class)
  void theSplitOfTheBatchChangesNothing(GrpoLoss.Variant variant) {
    for (Level level : Level.values()) {
      Splits.changeNothing(
          batch -> {
            NDArray logProbs = batch.scope().leaf(batch.tokens(1));
            LossTerm term =
                GrpoLoss.of(
                    PackedAnswers.of(
                        logProbs,
                        batch.scope().constant(batch.tokens(2)),
                        batch.scope().constant(batch.tokens(3)),
                        batch.scope().constant(batch.tokens(4)),
                        batch.rows(),
                        batch.counts()),
                    new GrpoLoss.Settings(variant, level, Clip.of(0.2, 0.3), 0.1, false));
            return new Splits.Computed(term, logProbs);
          });
    }
  }

  @Test
  void refusesANegativeKlCoefficient() {
    assertThatThrownBy(
            () -> new GrpoLoss.Settings(GrpoLoss.Variant.GRPO, Level.TOKEN, CLIP, -0.1, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the KL coefficient is -0.1; give a number of at least 0");
  }
}
