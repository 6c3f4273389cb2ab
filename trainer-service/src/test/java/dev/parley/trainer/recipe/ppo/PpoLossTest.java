package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.policygradient.Clip;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PpoLossTest {
  private static final float LN2 = (float) Math.log(2);
  private static final Clip CLIP = Clip.of(0.2, 0.2);

  /** Ratios 1, 2, ½, 2, ½ with advantages that meet every branch. */
  private static final float[] LOG_RATIOS = {0, LN2, -LN2, LN2, -LN2};

  private static final float[] ADVANTAGES = {1, 1, 1, -1, -1};

  @Test
  void everyBranchByHand() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(LOG_RATIOS);
      LossTerm policy = policy(scope, logProbs, ADVANTAGES, CLIP);
      scope.backward(policy.loss());

      // −A ρ, clipped: −1, −1.2 (clipped), −0.5, 2, 0.8 (clipped)
      assertThat(policy.loss().getFloat())
          .isCloseTo((-1 - 1.2f - .5f + 2 + .8f) / 5, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-.2f, 0, -.1f, .4f, 0}, within(1e-6f));
      assertThat(policy.metrics().get(PpoMetrics.POLICY_CLIP_FRACTION))
          .isCloseTo(0.4, within(1e-6));
      assertThat(policy.metrics().get(PpoMetrics.POLICY_KL)).isCloseTo(0, within(1e-6));
      assertThat(policy.metrics().get(PpoMetrics.RATIO_VARIANCE))
          .isCloseTo((1 + .25 + 1 + .25) / 5, within(1e-6));
    }
  }

  @Test
  void onTheFirstStepTheGradientIsThePolicyGradient() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(-.3f, -2, -1);
      NDArray weights = scope.constant(1 / 3f, 1 / 3f, 1 / 3f);
      LossTerm policy =
          PpoLoss.policy(
              logProbs, scope.constant(-.3f, -2, -1), scope.constant(3, -6, 9), weights, 3, CLIP);
      scope.backward(policy.loss());

      assertThat(GradientScope.gradient(logProbs))
          .containsExactly(new float[] {-1, 2, -3}, within(1e-6f));
      assertThat(policy.metrics().get(PpoMetrics.POLICY_CLIP_FRACTION)).isZero();
    }
  }

  @Test
  void theDualClipBoundsTheLossOfBadTokensThatBecameLikely() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf((float) Math.log(10), (float) Math.log(10));
      LossTerm policy = policy(scope, logProbs, new float[] {-1, 1}, new Clip(0.2, 0.2, 3));
      scope.backward(policy.loss());

      assertThat(policy.loss().getFloat()).isCloseTo((3 - 1.2f) / 2, within(1e-6f));
      assertThat(GradientScope.gradient(logProbs)).containsExactly(0, 0);
      assertThat(policy.metrics().get(PpoMetrics.POLICY_DUAL_CLIP_FRACTION)).isEqualTo(0.5);
    }
  }

  @Test
  void clipHigherLeavesMoreRoomUpwards() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf((float) Math.log(1.25));
      LossTerm policy = policy(scope, logProbs, new float[] {1}, Clip.of(0.2, 0.28));

      assertThat(policy.loss().getFloat()).isCloseTo(-1.25f, within(1e-6f));
    }
  }

  @Test
  void aRatioOutOfAllBoundsDoesNotOverflow() {
    try (GradientScope scope = new GradientScope()) {
      NDArray logProbs = scope.leaf(1e4f);
      LossTerm policy = policy(scope, logProbs, new float[] {-1}, CLIP);
      scope.backward(policy.loss());

      assertThat(policy.loss().getFloat()).isCloseTo((float) Math.exp(20), within(1e3f));
      assertThat(GradientScope.gradient(logProbs)).containsExactly(0);
    }
  }

  @ParameterizedTest
  @EnumSource(Aggregation.class)
  void theSplitOfTheBatchChangesNothing(Aggregation aggregation) {
    Splits.changeNothing(
        batch -> {
          NDArray logProbs = batch.scope().leaf(batch.tokens(1));
          LossTerm policy =
              PpoLoss.policy(
                  logProbs,
                  batch.scope().constant(batch.tokens(2)),
                  batch.scope().constant(batch.tokens(3)),
                  batch.scope().constant(aggregation.weights(batch.rows(), batch.counts())),
                  batch.counts().tokens(),
                  new Clip(0.2, 0.28, 3));
          return new Splits.Computed(policy, logProbs);
        });
  }

  private static LossTerm policy(
      GradientScope scope, NDArray logProbs, float[] advantages, Clip clip) {
    int n = advantages.length;
    float[] weights = new float[n];
    Arrays.fill(weights, 1f / n);
    return PpoLoss.policy(
        logProbs,
        scope.constant(new float[n]),
        scope.constant(advantages),
        scope.constant(weights),
        n,
        clip);
  }
}
