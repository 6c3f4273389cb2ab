package dev.parley.trainer.recipe.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.preference.AnswerMetrics;
import dev.parley.trainer.preference.FDivergence;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairMetrics;
import dev.parley.trainer.preference.PairVariant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DpoLossTest {
  private static final float LN2 = (float) Math.log(2);

  @Test
  void aPolicyThatIsItsReferenceCostsLogTwo() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(-10, -20);
      NDArray rejected = scope.leaf(-12, -5);
      PairLoss result =
          DpoPairs.ofAnswers(
              chosen,
              rejected,
              scope.constant(-10, -20),
              scope.constant(-12, -5),
              2,
              DpoLoss.Settings.dpo(0.1));
      scope.backward(result.loss());

      assertThat(result.loss().getFloat()).isCloseTo(LN2, within(1e-6f));
      // dL/dx = −β (1 − σ(0)) / P
      assertThat(GradientScope.gradient(chosen))
          .containsExactly(new float[] {-.025f, -.025f}, within(1e-7f));
      assertThat(GradientScope.gradient(rejected))
          .containsExactly(new float[] {.025f, .025f}, within(1e-7f));
    }
  }

  @Test
  void onePairByHand() {
    try (GradientScope scope = new GradientScope()) {
      // a = 2, b = −1, β h = 1.5
      PairLoss result =
          DpoPairs.ofAnswers(
              scope.leaf(-8),
              scope.leaf(-13),
              scope.constant(-10),
              scope.constant(-12),
              1,
              DpoLoss.Settings.dpo(0.5));

      assertThat(result.loss().getFloat())
          .isCloseTo((float) Math.log1p(Math.exp(-1.5)), within(1e-6f));
      assertThat(result.metrics().get(AnswerMetrics.CHOSEN_REWARD)).isEqualTo(1);
      assertThat(result.metrics().get(AnswerMetrics.REJECTED_REWARD)).isEqualTo(-0.5);
      assertThat(result.metrics().get(AnswerMetrics.MARGIN)).isEqualTo(1.5);
      assertThat(result.metrics().get(PairMetrics.ACCURACY)).isEqualTo(1);
    }
  }

  @Test
  void onePairOfWhichAQuarterIsDoubtedByHand() {
    try (GradientScope scope = new GradientScope()) {
      // a = 2, b = −1, β h = 1.5
      NDArray answers = scope.leaf(-8, -13);
      PairLoss result =
          DpoLoss.of(
              answers,
              scope.constant(-10, -12),
              PackedRows.ofLengths(3, 2),
              new float[] {0.25f},
              1,
              DpoLoss.Settings.dpo(0.5));
      scope.backward(result.loss());

      double byHand = 0.75 * Math.log1p(Math.exp(-1.5)) + 0.25 * Math.log1p(Math.exp(1.5));
      assertThat(result.loss().getFloat()).isCloseTo((float) byHand, within(1e-6f));
      // dL/da = β (σ(βh) − p): beyond σ(βh) = p the pair pulls back
      float pull = (float) (0.5 * (1 / (1 + Math.exp(-1.5)) - 0.75));
      assertThat(GradientScope.gradient(answers))
          .containsExactly(new float[] {pull, -pull}, within(1e-6f));
    }
  }

  @Test
  void aDoubtIsTheLabelSmoothingOfOnePairAlone() {
    DpoLoss.Settings smoothed =
        new DpoLoss.Settings(PairVariant.SIGMOID, 0.5, 0.3, FDivergence.REVERSE_KL, false, false);

    float expected = (lossOfGap(smoothed, 1) + lossOfGap(DpoLoss.Settings.dpo(0.5), 2)) / 2;

    try (GradientScope scope = new GradientScope()) {
      PairLoss result =
          DpoLoss.of(
              scope.leaf(1, 2, -1, -2),
              scope.constant(0, 0, 0, 0),
              PackedRows.ofLengths(1, 1, 1, 1),
              new float[] {0.3f, 0},
              2,
              DpoLoss.Settings.dpo(0.5));
      assertThat(result.loss().getFloat()).isCloseTo(expected, within(1e-6f));
    }
  }

  @ParameterizedTest
  @EnumSource(PairVariant.class)
  void ofAPairThatIsAsLikelyTheOtherWayRoundNoVariantPrefersEither(PairVariant variant) {
    DpoLoss.Settings settings =
        new DpoLoss.Settings(variant, 0.1, 0.01, FDivergence.REVERSE_KL, false, false);
    try (GradientScope scope = new GradientScope()) {
      float[] losses =
          DpoLoss.of(
                  scope.leaf(3, -2, -2, 3),
                  scope.constant(0, 0, 0, 0),
                  PackedRows.ofLengths(1, 1, 1, 1),
                  new float[] {0.5f, 0.5f},
                  2,
                  settings)
              .losses()
              .toFloatArray();
      assertThat(losses[0]).isCloseTo(losses[1], within(1e-4f));
    }
  }

  @Test
  void ipoIsLeastWhereTheGapIsOneOverTwoBeta() {
    try (GradientScope scope = new GradientScope()) {
      DpoLoss.Settings ipo =
          new DpoLoss.Settings(PairVariant.IPO, 0.25, 0, FDivergence.REVERSE_KL, false, false);
      PairLoss result =
          DpoPairs.ofAnswers(
              scope.leaf(2), scope.leaf(0), scope.constant(0), scope.constant(0), 1, ipo);

      assertThat(result.loss().getFloat()).isZero();
    }
  }

  @Test
  void lengthNormalizedLossesAverageTokensWhileRewardsSumThem() {
    try (GradientScope scope = new GradientScope()) {
      DpoLoss.Settings ipo =
          new DpoLoss.Settings(PairVariant.IPO, 0.25, 0, FDivergence.REVERSE_KL, false, true);
      // chosen: four tokens of log-ratio 2, rejected: one token of log-ratio 0; h = 2 = 1 / (2β)
      PairLoss result =
          DpoPairs.ofTokens(
              scope.leaf(2, 2, 2, 2, 0),
              scope.constant(0, 0, 0, 0, 0),
              PackedRows.ofLengths(4, 1),
              ipo);

      assertThat(result.loss().getFloat()).isCloseTo(0, within(1e-6f));
      assertThat(result.rewards().chosen().toFloatArray()).containsExactly(2);
    }
  }

  @ParameterizedTest
  @EnumSource(PairVariant.class)
  void everyVariantPrefersTheChosenAnswerMoreClearly(PairVariant variant) {
    DpoLoss.Settings settings =
        new DpoLoss.Settings(variant, 0.1, 0.01, FDivergence.REVERSE_KL, false, false);

    assertThat(lossOfGap(settings, 1)).isLessThan(lossOfGap(settings, 0));
  }

  private static float lossOfGap(DpoLoss.Settings settings, float gap) {
    try (GradientScope scope = new GradientScope()) {
      return DpoPairs.ofAnswers(
              scope.leaf(gap), scope.leaf(-gap), scope.constant(0), scope.constant(0), 1, settings)
          .loss()
          .getFloat();
    }
  }

  @Test
  void robustIsUnbiasedUnderFlippedLabels() {
    DpoLoss.Settings clean = DpoLoss.Settings.dpo(0.5);
    DpoLoss.Settings robust =
        new DpoLoss.Settings(PairVariant.ROBUST, 0.5, 0.2, FDivergence.REVERSE_KL, false, false);

    float expected = 0.8f * lossOfGap(robust, 1) + 0.2f * lossOfGap(robust, -1);

    assertThat(expected).isCloseTo(lossOfGap(clean, 1), within(1e-5f));
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray chosen = batch.scope().leaf(batch.perRow(1));
          PairLoss result =
              DpoPairs.ofAnswers(
                  chosen,
                  batch.scope().constant(batch.perRow(2)),
                  batch.scope().constant(batch.perRow(3)),
                  batch.scope().constant(batch.perRow(4)),
                  batch.counts().sequences(),
                  DpoLoss.Settings.dpo(0.5));
          return new Splits.Computed(result.term(), chosen);
        });
  }

  @Test
  void refusesSettingsThatCannotWork() {
    assertThatThrownBy(() -> DpoLoss.Settings.dpo(0))
        .hasMessage("beta is 0.0; give a number above 0");
    assertThatThrownBy(
            () ->
                new DpoLoss.Settings(
                    PairVariant.ROBUST, 0.1, 0.5, FDivergence.REVERSE_KL, false, false))
        .hasMessage("label smoothing is 0.5; give 0 to below 0.5");
    assertThatThrownBy(
            () ->
                new DpoLoss.Settings(
                    PairVariant.EXO_PAIR, 0.1, 0, FDivergence.REVERSE_KL, false, false))
        .hasMessageContaining("give 0.001 or more");
  }

  @Test
  void refusesAnOddNumberOfRows() {
    try (GradientScope scope = new GradientScope()) {
      NDArray tokens = scope.leaf(1, 2, 3);

      assertThatThrownBy(
              () ->
                  DpoPairs.ofTokens(
                      tokens, tokens, PackedRows.ofLengths(1, 1, 1), DpoLoss.Settings.dpo(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3 rows are not pairs");
    }
  }
}
