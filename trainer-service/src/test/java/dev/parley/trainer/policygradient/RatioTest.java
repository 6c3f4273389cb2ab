package dev.parley.trainer.policygradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.Metrics;
import org.junit.jupiter.api.Test;

class RatioTest {

  private static final float LN2 = (float) Math.log(2);

  @Test
  void measuresHowFarThePolicyHasMoved() {
    try (GradientScope scope = new GradientScope()) {
      // ratios 1, 2, ½, 2, ½
      Ratio ratio = Ratio.of(scope.constant(0, LN2, -LN2, LN2, -LN2), scope.constant(new float[5]));
      Metrics metrics = ratio.metrics(5);

      assertThat(metrics.get(RatioMetrics.APPROXIMATE_KL))
          .isCloseTo(0.5 * 4 * LN2 * LN2 / 5, within(1e-6));
      assertThat(metrics.get(RatioMetrics.RATIO)).isCloseTo(6 / 5.0, within(1e-6));
      assertThat(metrics.get(RatioMetrics.RATIO_LEAST)).isCloseTo(0.5, within(1e-6));
      assertThat(metrics.get(RatioMetrics.RATIO_GREATEST)).isCloseTo(2, within(1e-6));
    }
  }

  @Test
  void meansAreOverTheTokensOfTheGlobalBatch() {
    try (GradientScope scope = new GradientScope()) {
      Ratio ratio = Ratio.of(scope.constant(LN2), scope.constant(0));

      assertThat(ratio.metrics(4).get(RatioMetrics.RATIO)).isCloseTo(0.5, within(1e-6));
    }
  }

  @Test
  void aRatioOutOfAllBoundsDoesNotOverflow() {
    try (GradientScope scope = new GradientScope()) {
      Ratio ratio = Ratio.of(scope.constant(1e4f, -1e4f), scope.constant(0, 0));

      assertThat(ratio.log().toFloatArray()).containsExactly(20, -20);
    }
  }
}
