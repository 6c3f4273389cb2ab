package dev.parley.trainer.recipe.rewardmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Counts;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Labels;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Settings;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Ties;
import org.junit.jupiter.api.Test;

class BradleyTerryLossTest {

  private static LossTerm of(
      NDArray chosen, NDArray rejected, NDArray margin, long pairs, double centring) {
    return BradleyTerryLoss.of(
        chosen,
        rejected,
        PlainPairs.labels(margin),
        PlainPairs.counts(pairs),
        new Settings(centring, 0, Ties.LEAVE_OUT, 1));
  }

  /** The loss of one pair whose scores differ by d. */
  private static double loss(double d, double margin, boolean tie, Settings settings) {
    try (GradientScope scope = new GradientScope()) {
      Labels labels =
          new Labels(
              scope.constant((float) margin),
              scope.constant(tie ? 1 : 0),
              scope.constant(1),
              scope.constant(0));
      return BradleyTerryLoss.of(
              scope.leaf((float) d), scope.leaf(0), labels, new Counts(1, 1, tie ? 0 : 1), settings)
          .loss()
          .getFloat();
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void labelSmoothingMixesInTheOppositeLabel() {
    double expected = -0.9 * Math.log(sigmoid(1.5)) - 0.1 * Math.log(sigmoid(-1.5));
    assertThat(loss(2, 0.5, false, new Settings(0, 0.1, Ties.LEAVE_OUT, 1)))
        .isCloseTo(expected, within(1e-6));
  }

  @Test
  void aDoubtedLabelIsASoftOneAndSmoothingComesOnTop() {
    try (GradientScope scope = new GradientScope()) {
      Labels labels =
          new Labels(
              scope.constant(0), scope.constant(0), scope.constant(1), scope.constant(0.25f));
      for (double smoothing : new double[] {0, 0.1}) {
        double loss =
            BradleyTerryLoss.of(
                    scope.leaf(2),
                    scope.leaf(0),
                    labels,
                    PlainPairs.counts(1),
                    new Settings(0, smoothing, Ties.LEAVE_OUT, 1))
                .loss()
                .getFloat();
        // Of labels that are right in 3 of 4, a tenth is turned round: right in 0.75·0.9 +
        // 0.25·0.1.
        double right = smoothing == 0 ? 0.75 : 0.7;
        assertThat(loss)
            .isCloseTo(
                -right * Math.log(sigmoid(2)) - (1 - right) * Math.log(sigmoid(-2)), within(1e-6));
      }
    }
  }

  @Test
  void halfATieCostsBothLabelsHalf() {
    Settings half = new Settings(0, 0, Ties.HALF, 1);
    assertThat(loss(0, 0, true, half)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(loss(3, 0, true, half))
        .isCloseTo(-Math.log(sigmoid(3)) / 2 - Math.log(sigmoid(-3)) / 2, within(1e-6))
        .isCloseTo(loss(-3, 0, true, half), within(1e-6));
    assertThat(loss(3, 0, false, half)).isCloseTo(-Math.log(sigmoid(3)), within(1e-6));
  }

  /** Rao and Kupper 1967, with π = e^r and θ = e^η: win π₁/(π₁ + θπ₂); the three add up to 1. */
  @Test
  void raoAndKuppersOutcomesHaveTheProbabilitiesOfTheirPaper() {
    double eta = 0.7;
    double theta = Math.exp(eta);
    Settings settings = new Settings(0, 0, Ties.RAO_KUPPER, eta);
    for (double d : new double[] {-4, -0.3, 0, 1, 2.5}) {
      double better = Math.exp(d);
      double win = Math.exp(-loss(d, 0, false, settings));
      double lose = Math.exp(-loss(-d, 0, false, settings));
      double tie = Math.exp(-loss(d, 0, true, settings));
      assertThat(win).isCloseTo(better / (better + theta), within(1e-5));
      assertThat(win + lose + tie).isCloseTo(1, within(1e-5));
    }
    assertThat(Math.exp(-loss(0, 0, true, settings))).isCloseTo(Math.tanh(eta / 2), within(1e-5));
  }

  @Test
  void tiesCountNeitherForAccuracyNorForTheMargin() {
    try (GradientScope scope = new GradientScope()) {
      Labels labels =
          new Labels(
              scope.constant(0, 0),
              scope.constant(0, 1),
              scope.constant(1, 1),
              scope.constant(0, 0));
      LossTerm term =
          BradleyTerryLoss.of(
              scope.leaf(2, 9),
              scope.leaf(1, 0),
              labels,
              new Counts(2, 2, 1),
              new Settings(0, 0, Ties.HALF, 1));
      assertThat(term.metrics().get(RewardModelMetrics.ACCURACY)).isEqualTo(1);
      assertThat(term.metrics().get(RewardModelMetrics.MARGIN)).isEqualTo(1);
      assertThat(term.metrics().get(RewardModelMetrics.MEAN_REWARD)).isEqualTo(3);
    }
  }

  @Test
  void equalRewardsCostLogTwoAndPullApartByHalf() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(3);
      NDArray rejected = scope.leaf(3);
      LossTerm term = of(chosen, rejected, scope.constant(0), 1, 0);
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
      LossTerm term = of(scope.leaf(2, -1), scope.leaf(1, 4), scope.constant(0, 0), 2, 0);

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
      LossTerm withMargin = of(scope.leaf(2), scope.leaf(0), scope.constant(2), 1, 0);

      assertThat(withMargin.loss().getFloat()).isCloseTo((float) Math.log(2), within(1e-6f));
      assertThat(withMargin.metrics().get(RewardModelMetrics.MARGIN)).isEqualTo(2);
    }
  }

  @Test
  void centringCostsTheSquaredSum() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm plain = of(scope.leaf(2), scope.leaf(1), scope.constant(0), 1, 0);
      LossTerm centred = of(scope.leaf(2), scope.leaf(1), scope.constant(0), 1, 0.01);

      assertThat(centred.loss().getFloat() - plain.loss().getFloat())
          .isCloseTo(.09f, within(1e-6f));
    }
  }

  @Test
  void aHopelessPairDoesNotOverflow() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(-500);
      LossTerm term = of(chosen, scope.leaf(500), scope.constant(0), 1, 0);
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
              of(
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

      assertThatThrownBy(() -> of(rewards, rewards, rewards, 1, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the centring coefficient is -1.0; give a number of at least 0");
    }
  }
}
