package dev.parley.trainer.recipe.orpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairMetrics;
import dev.parley.trainer.recipe.sft.SftLoss;
import org.junit.jupiter.api.Test;

class OrpoLossTest {
  private static float log(double x) {
    return (float) Math.log(x);
  }

  /** p = 3/4 has odds 3, p = 1/2 has odds 1: log odds = ln 3, σ = 3/4. */
  private static PairLoss threeToOne(GradientScope scope, float doubt) {
    return OrpoLoss.of(
        scope.leaf(log(.75)),
        scope.leaf(log(.5)),
        scope.constant(2).sum(),
        new float[] {doubt},
        1,
        0.5);
  }

  @Test
  void oddsOfThreeToOneByHand() {
    try (GradientScope scope = new GradientScope()) {
      PairLoss result = threeToOne(scope, 0);

      assertThat(result.metrics().get(OrpoMetrics.LOG_ODDS_CHOSEN))
          .isCloseTo(Math.log(3), within(1e-6));
      assertThat(result.metrics().get(OrpoMetrics.LOG_ODDS_RATIO))
          .isCloseTo(Math.log(.75), within(1e-6));
      assertThat(result.loss().getFloat()).isCloseTo(2 - .5f * log(.75), within(1e-6f));
      assertThat(result.metrics().get(PairMetrics.ACCURACY)).isEqualTo(1);
    }
  }

  @Test
  void ofALabelThatIsDoubtedTheOddsCountBothWaysAndImitationIsTheSameByHand() {
    try (GradientScope scope = new GradientScope()) {
      // log odds = ln 3: σ = 3/4 one way, 1/4 the other
      PairLoss result = threeToOne(scope, 0.2f);

      float odds = -(.8f * log(.75) + .2f * log(.25));
      assertThat(result.loss().getFloat()).isCloseTo(2 + .5f * odds, within(1e-6f));
      assertThat(result.losses().toFloatArray())
          .containsExactly(new float[] {.5f * odds}, within(1e-6f));
      assertThat(result.metrics().get(OrpoMetrics.LOG_ODDS_RATIO))
          .isCloseTo(Math.log(.75), within(1e-6));
    }
  }

  @Test
  void aNearlyCertainAnswerStillHasFiniteOdds() {
    try (GradientScope scope = new GradientScope()) {
      NDArray chosen = scope.leaf(-1e-6f);
      PairLoss result =
          OrpoLoss.of(chosen, scope.leaf(log(.5)), scope.constant(0).sum(), new float[1], 1, 1);
      scope.backward(result.loss());

      assertThat(result.metrics().get(OrpoMetrics.LOG_ODDS_CHOSEN))
          .isCloseTo(-Math.log(1e-6), within(1e-4));
      assertThat(GradientScope.gradient(chosen)[0]).isFinite();
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray chosen = batch.scope().leaf(belowZero(batch.perRow(1)));
          NDArray rejected = batch.scope().constant(belowZero(batch.perRow(2)));
          long pairs = batch.counts().sequences();
          NDArray nll = SftLoss.of(chosen, pairs).loss();
          PairLoss result = OrpoLoss.of(chosen, rejected, nll, doubts(batch), pairs, 0.1);
          return new Splits.Computed(new LossTerm(result.loss(), result.metrics()), chosen);
        });
  }

  private static float[] doubts(Splits.MicroBatch batch) {
    float[] doubts = new float[batch.rows().rows()];
    for (int i = 0; i < doubts.length; i++) {
      doubts[i] = (batch.from() + i) % 2 == 0 ? 0.2f : 0;
    }
    return doubts;
  }

  private static float[] belowZero(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = -0.1f - Math.abs(values[i]);
    }
    return values;
  }
}
