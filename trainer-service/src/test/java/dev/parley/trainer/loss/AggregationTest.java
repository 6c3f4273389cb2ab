package dev.parley.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AggregationTest {
  private static final PackedRows ROWS = PackedRows.ofLengths(1, 3);
  private static final GlobalCounts COUNTS = new GlobalCounts(8, 4, 10);

  @Test
  void weightsOfTwoRowsFromABatchOfFour() {
    assertThat(Aggregation.TOKEN_MEAN.weights(ROWS, COUNTS))
        .containsExactly(new float[] {1 / 8f, 1 / 8f, 1 / 8f, 1 / 8f}, within(1e-9f));
    assertThat(Aggregation.SEQUENCE_MEAN_TOKEN_MEAN.weights(ROWS, COUNTS))
        .containsExactly(new float[] {1 / 4f, 1 / 12f, 1 / 12f, 1 / 12f}, within(1e-9f));
    assertThat(Aggregation.SEQUENCE_MEAN_TOKEN_SUM.weights(ROWS, COUNTS))
        .containsExactly(new float[] {1 / 4f, 1 / 4f, 1 / 4f, 1 / 4f}, within(1e-9f));
    assertThat(Aggregation.SEQUENCE_MEAN_TOKEN_SUM_NORM.weights(ROWS, COUNTS))
        .containsExactly(new float[] {1 / 40f, 1 / 40f, 1 / 40f, 1 / 40f}, within(1e-9f));
  }

  @Test
  void refusesABatchOfNothing() {
    assertThatThrownBy(() -> new GlobalCounts(0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has nothing to learn from");
  }
}
