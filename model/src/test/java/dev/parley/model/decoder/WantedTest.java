package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class WantedTest {

  private static final TokenBatch BATCH =
      TokenBatch.of(List.of(new int[] {10, 11, 12}, new int[] {20, 21}, new int[] {30, 31, 32}));

  @Test
  void whatStandsBehindARowsLastChosenPositionIsNotRead() {
    Wanted wanted = Wanted.of(BATCH, new int[] {1, 3, 5, 7});

    assertThat(wanted.batch().tokens()).containsExactly(10, 11, 20, 30, 31, 32);
    assertThat(wanted.batch().lengths()).containsExactly(2, 1, 3);
    assertThat(wanted.chosen()).containsExactly(1, 2, 3, 5);
  }

  @Test
  void positionsKeepTheirOrderAndMayComeTwice() {
    Wanted wanted = Wanted.of(BATCH, new int[] {6, 0, 6});

    assertThat(wanted.chosen()).containsExactly(3, 0, 3);
    assertThat(wanted.batch().tokens()[3]).isEqualTo(31);
  }

  @Test
  void aRowInWhichNothingIsChosenKeepsOneToken() {
    Wanted wanted = Wanted.of(BATCH, new int[] {2});

    assertThat(wanted.batch().lengths()).containsExactly(3, 1, 1);
  }

  @Test
  void aPositionWithoutATokenIsRefused() {
    assertThatThrownBy(() -> Wanted.of(BATCH, new int[] {8}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("position is 8, expected 0 to 7");
  }
}
