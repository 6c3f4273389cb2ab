package dev.parley.trainer.recipe.simpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.recipe.simpo.SimPoLoss.Variant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimPoLossTest {
  @Test
  void theMarginIsReachedWhereBetaTimesTheGapIsGamma() {
    SimPoLoss.Settings settings = new SimPoLoss.Settings(Variant.SIMPO, 2, 0.5, 0, 0);

    assertThat(loss(settings, -1, -1.25f)).isCloseTo((float) Math.log(2), within(1e-6f));
  }

  @Test
  void cpoHasNoMargin() {
    SimPoLoss.Settings settings = new SimPoLoss.Settings(Variant.SIGMOID, 2, 0, 0, 0);

    assertThat(loss(settings, -3, -3)).isCloseTo((float) Math.log(2), within(1e-6f));
  }

  @Test
  void theHingeIsZeroOnceBetaTimesTheGapIsOne() {
    SimPoLoss.Settings settings = new SimPoLoss.Settings(Variant.HINGE, 0.5, 0, 0, 0);

    assertThat(loss(settings, -1, -3)).isZero();
    assertThat(loss(settings, -1, -1)).isEqualTo(1);
  }

  @Test
  void aSmallAlphaIsNearlySimPo() {
    SimPoLoss.Settings plain = new SimPoLoss.Settings(Variant.SIMPO, 2, 0.5, 0, 0);
    SimPoLoss.Settings shaped = new SimPoLoss.Settings(Variant.SIMPO, 2, 0.5, 0, 1e-3);

    assertThat(loss(shaped, -.5f, -1)).isCloseTo(loss(plain, -.5f, -1), within(1e-2f));
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void ofALabelThatIsDoubtedThePairCountsBothWays(Variant variant) {
    SimPoLoss.Settings settings = new SimPoLoss.Settings(variant, 2, 0.5, 0, 0);

    assertThat(loss(settings, -1, -1.2f, 0.25f))
        .isCloseTo(
            0.75f * loss(settings, -1, -1.2f) + 0.25f * loss(settings, -1.2f, -1), within(1e-6f));
  }

  @Test
  void aDoubtedPairByHand() {
    SimPoLoss.Settings settings = new SimPoLoss.Settings(Variant.SIMPO, 2, 0.5, 0, 0);

    // β d = 1: −log σ(1 − ½) one way, −log σ(−1 − ½) the other
    double byHand = 0.75 * Math.log1p(Math.exp(-0.5)) + 0.25 * Math.log1p(Math.exp(1.5));
    assertThat(loss(settings, -1, -1.5f, 0.25f)).isCloseTo((float) byHand, within(1e-6f));
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void aPairThatIsAsLikelyTheOtherWayRoundIsPushedToNoMargin(Variant variant) {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(-1);
      PairLoss result =
          SimPoLoss.of(
              chosen,
              scope.constant(-1),
              new float[] {0.5f},
              1,
              new SimPoLoss.Settings(variant, 2, 0.5, 0, 0));
      scope.backward(result.loss());

      assertThat(GradientScope.gradient(chosen)[0]).isCloseTo(0, within(1e-6f));
    }
  }

  private static float loss(SimPoLoss.Settings settings, float chosen, float rejected) {
    return loss(settings, chosen, rejected, 0);
  }

  private static float loss(
      SimPoLoss.Settings settings, float chosen, float rejected, float doubt) {
    try (GradientScope scope = new GradientScope()) {
      return SimPoLoss.of(
              scope.leaf(chosen), scope.leaf(rejected), new float[] {doubt}, 1, settings)
          .loss()
          .getFloat();
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray chosen = batch.scope().leaf(batch.perRow(1));
          PairLoss result =
              SimPoLoss.of(
                  chosen,
                  batch.scope().constant(batch.perRow(2)),
                  new float[batch.rows().rows()],
                  batch.counts().sequences(),
                  new SimPoLoss.Settings(Variant.SIMPO, 2, 0.5, 0.1, 0));
          return new Splits.Computed(new LossTerm(result.loss(), result.metrics()), chosen);
        });
  }

  @Test
  void refusesANegativeMargin() {
    assertThatThrownBy(() -> new SimPoLoss.Settings(Variant.SIMPO, 2, -0.5, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give beta above 0 and gamma of at least 0");
  }
}
