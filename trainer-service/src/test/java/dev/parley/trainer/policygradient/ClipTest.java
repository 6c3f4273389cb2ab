package dev.parley.trainer.policygradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.Metrics;
import org.junit.jupiter.api.Test;

class ClipTest {

  private static final Clip CLIP = Clip.of(0.2, 0.28);

  private static float[] losses(Clip clip, float[] ratios, float[] advantages) {
    try (GradientScope scope = new GradientScope()) {
      return clip.losses(scope.constant(ratios), scope.constant(advantages)).toFloatArray();
    }
  }

  @Test
  void aGoodTokenGainsNothingAboveTheUpperBound() {
    assertThat(losses(CLIP, new float[] {0.5f, 1, 1.25f, 2}, new float[] {1, 1, 1, 1}))
        .containsExactly(new float[] {-0.5f, -1, -1.25f, -1.28f}, within(1e-6f));
  }

  @Test
  void aBadTokenGainsNothingBelowTheLowerBound() {
    assertThat(losses(CLIP, new float[] {0.5f, 1, 2}, new float[] {-1, -1, -1}))
        .containsExactly(new float[] {0.8f, 1, 2}, within(1e-6f));
  }

  @Test
  void theDualClipBoundsBadTokensAlone() {
    assertThat(losses(CLIP.withDual(3), new float[] {10, 10, 2}, new float[] {-1, 1, -1}))
        .containsExactly(new float[] {3, -1.28f, 2}, within(1e-6f));
  }

  @Test
  void aDualClipBelowTheUpperBoundStillBoundsBadTokensAlone() {
    assertThat(losses(CLIP.withDual(1.1), new float[] {1.2f, 1.2f}, new float[] {-1, 1}))
        .containsExactly(new float[] {1.1f, -1.2f}, within(1e-6f));
  }

  @Test
  void aDualClipOfZeroIsNone() {
    assertThat(CLIP.withDual(0)).isEqualTo(CLIP);
    assertThat(losses(CLIP, new float[] {1e4f}, new float[] {-1})).containsExactly(1e4f);
  }

  @Test
  void whatIsClippedHasNoGradient() {
    try (GradientScope scope = new GradientScope()) {
      NDArray ratios = scope.leaf(2, 0.5f, 10, 1);
      NDArray advantages = scope.constant(1, -1, -1, 1);
      scope.backward(CLIP.withDual(3).losses(ratios, advantages).sum());

      assertThat(GradientScope.gradient(ratios)).containsExactly(0, 0, 0, -1);
    }
  }

  @Test
  void sharesAreOfTheTokensOutsideTheirBoundOnTheSideThatCounts() {
    try (GradientScope scope = new GradientScope()) {
      NDArray ratios = scope.constant(2, 2, 0.5f, 0.5f, 1);
      NDArray advantages = scope.constant(1, -1, 1, -1, 1);
      NDArray share = scope.constant(0.1f, 0.2f, 0.2f, 0.4f, 0.1f);
      Metrics.Reader metrics = Metrics.read();
      CLIP.measure(metrics, ratios, advantages, share);

      Metrics figures = metrics.now();
      assertThat(figures.get("clip_ratio/high_mean")).isCloseTo(0.1, within(1e-6));
      assertThat(figures.get("clip_ratio/low_mean")).isCloseTo(0.4, within(1e-6));
      assertThat(figures.get("clip_ratio/region_mean")).isCloseTo(0.5, within(1e-6));
    }
  }

  @Test
  void refusesBoundsThatCannotHold() {
    assertThatThrownBy(() -> Clip.of(-0.2, 0.2))
        .hasMessage(
            "the ratio cannot be clipped to [1 - -0.2, 1 + 0.2]; give 0 <= low <= 1 and high >="
                + " 0");
    assertThatThrownBy(() -> CLIP.withDual(0.5))
        .hasMessage("the dual clip is 0.5; give a number above 1, or infinity for none");
  }
}
