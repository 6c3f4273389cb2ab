package dev.parley.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;

class PackedRowsTest {
  private static final PackedRows ROWS = PackedRows.ofLengths(2, 0, 3);

  @Test
  void sumsAndMeansOfRowsAnEmptyOneIncluded() {
    try (GradientScope scope = new GradientScope()) {
      NDArray tokens = scope.constant(1, 2, 3, 4, 8);

      assertThat(ROWS.sums(tokens).toFloatArray()).containsExactly(3, 0, 15);
      assertThat(ROWS.means(tokens).toFloatArray())
          .containsExactly(new float[] {1.5f, 0, 5}, within(1e-6f));
      assertThat(ROWS.meansOf(ROWS.sums(tokens)).toFloatArray())
          .containsExactly(new float[] {1.5f, 0, 5}, within(1e-6f));
    }
  }

  @Test
  void spreadPutsTheRowsNumberOnEachOfItsTokens() {
    try (GradientScope scope = new GradientScope()) {
      assertThat(ROWS.spread(scope.constant(7, 8, 9)).toFloatArray())
          .containsExactly(7, 7, 9, 9, 9);
    }
  }

  @Test
  void gradientsFlowThroughSumsAndSpread() {
    try (GradientScope scope = new GradientScope()) {
      NDArray tokens = scope.leaf(1, 2, 3, 4, 8);
      scope.backward(ROWS.spread(ROWS.sums(tokens).square()).sum());

      // d/dx of length · (Σ x)² is 2 · length · Σ x
      assertThat(GradientScope.gradient(tokens)).containsExactly(12, 12, 90, 90, 90);
    }
  }

  @Test
  void refusesTokensOfAnotherNumber() {
    try (GradientScope scope = new GradientScope()) {
      NDArray tokens = scope.constant(1, 2);

      assertThatThrownBy(() -> ROWS.sums(tokens))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("packed tokens have shape (2), the rows hold (5)");
    }
  }
}
