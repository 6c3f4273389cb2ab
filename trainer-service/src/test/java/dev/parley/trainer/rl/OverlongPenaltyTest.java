package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlongPenaltyTest {

  @ParameterizedTest
  @CsvSource({"1, 0", "12, 0", "13, 0.125", "16, 0.5", "20, 1", "25, 1"})
  void itGrowsFromZeroOverTheBufferAndStaysThere(int length, double penalty) {
    assertThat(new OverlongPenalty(20, 8, 1).of(length)).isEqualTo(penalty);
    assertThat(new OverlongPenalty(20, 8, 0.5).of(length)).isEqualTo(penalty / 2);
  }

  @Test
  void withoutABufferThereIsNone() {
    assertThat(new OverlongPenalty(20, 0, 1).of(20)).isZero();
  }

  @Test
  void aBufferLongerThanAnAnswerIsRefused() {
    assertThatThrownBy(() -> new OverlongPenalty(20, 21, 1))
        .hasMessageContaining("over the last 21 of 20 tokens");
  }
}
