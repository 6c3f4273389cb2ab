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

  private static float loss(SimPoLoss.Settings settings, float chosen, float rejected) {
    try (GradientScope scope = new GradientScope()) {
      return SimPoLoss.of(scope.leaf(chosen), scope.leaf(rejected), 1, settings).loss().getFloat();
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
