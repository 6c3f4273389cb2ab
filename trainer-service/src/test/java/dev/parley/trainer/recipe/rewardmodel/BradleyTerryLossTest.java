package dev.parley.trainer.recipe.rewardmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.recipe.loss.GradientScope;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Splits;
import org.junit.jupiter.api.Test;

class BradleyTerryLossTest {
  @Test
  void equalRewardsCostLogTwoAndPullApartByHalf() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(3);
      NDArray rejected = scope.leaf(3);
      LossTerm term = BradleyTerryLoss.of(chosen, rejected, scope.constant(0), 1, 0);
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isCloseTo((float) Math.log(2), within(1e-6f));
      assertThat(GradientScope.gradient(chosen)).containsExactly(-.5f);
      assertThat(GradientScope.gradient(rejected)).containsExactly(.5f);
      assertThat(term.metrics().get(RewardModelMetrics.ACCURACY)).isZero();
    }
  }

  @Test
  void metricsOfTwoPairsByHand() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm term =
          BradleyTerryLoss.of(scope.leaf(2, -1), scope.leaf(1, 4), scope.constant(0, 0), 2, 0);

      assertThat(term.metrics().get(RewardModelMetrics.ACCURACY)).isEqualTo(0.5);
      assertThat(term.metrics().get(RewardModelMetrics.MARGIN)).isEqualTo(-2);
      assertThat(term.metrics().get(RewardModelMetrics.MEAN_REWARD)).isEqualTo(1.5);
      assertThat(term.metrics().get(RewardModelMetrics.LEAST_REWARD)).isEqualTo(-1);
      assertThat(term.metrics().get(RewardModelMetrics.GREATEST_REWARD)).isEqualTo(4);
    }
  }

  @Test
  void aMarginAsksForThatMuchMore() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm withMargin =
          BradleyTerryLoss.of(scope.leaf(2), scope.leaf(0), scope.constant(2), 1, 0);

      assertThat(withMargin.loss().getFloat()).isCloseTo((float) Math.log(2), within(1e-6f));
      assertThat(withMargin.metrics().get(RewardModelMetrics.MARGIN)).isEqualTo(2);
    }
  }

  @Test
  void centringCostsTheSquaredSum() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm plain = BradleyTerryLoss.of(scope.leaf(2), scope.leaf(1), scope.constant(0), 1, 0);
      LossTerm centred =
          BradleyTerryLoss.of(scope.leaf(2), scope.leaf(1), scope.constant(0), 1, 0.01);

      assertThat(centred.loss().getFloat() - plain.loss().getFloat())
          .isCloseTo(.09f, within(1e-6f));
    }
  }

  @Test
  void aHopelessPairDoesNotOverflow() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(-500);
      LossTerm term = BradleyTerryLoss.of(chosen, scope.leaf(500), scope.constant(0), 1, 0);
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isEqualTo(1000);
      assertThat(GradientScope.gradient(chosen)).containsExactly(-1);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray chosen = batch.scope().leaf(batch.perRow(1));
          LossTerm term =
              BradleyTerryLoss.of(
                  chosen,
                  batch.scope().constant(batch.perRow(2)),
                  batch.scope().constant(batch.perRow(3)),
                  batch.counts().sequences(),
                  0.01);
          return new Splits.Computed(term, chosen);
        });
  }

  @Test
  void refusesANegativeCentringCoefficient() {
    try (GradientScope scope = new GradientScope()) {
      NDArray rewards = scope.leaf(1);

      assertThatThrownBy(() -> BradleyTerryLoss.of(rewards, rewards, rewards, 1, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the centring coefficient is -1.0; give a number of at least 0");
    }
  }
}
