package dev.parley.trainer.policygradient;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import org.junit.jupiter.api.Test;

class EntropyLossTest {

  @Test
  void fallsAsEntropyRises() {
    try (GradientScope scope = new GradientScope()) {
      NDArray entropies = scope.leaf(1, 3);
      LossTerm term = EntropyLoss.of(entropies, scope.constant(.5f, .5f), 2);
      scope.backward(term.loss());

      assertThat(term.loss().getFloat()).isEqualTo(-2);
      assertThat(GradientScope.gradient(entropies)).containsExactly(-.5f, -.5f);
      assertThat(term.metrics().get(RatioMetrics.ENTROPY)).isEqualTo(2);
    }
  }
}
