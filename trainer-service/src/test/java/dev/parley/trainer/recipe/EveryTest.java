package dev.parley.trainer.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EveryTest {

  private static List<Long> due(Every every) {
    return LongStream.rangeClosed(1, every.last()).filter(every::due).boxed().toList();
  }

  @Test
  void itIsDueEveryFewUpdatesAndAfterTheLast() {
    assertThat(due(new Every(3, 8))).containsExactly(3L, 6L, 8L);
    assertThat(due(new Every(4, 8))).containsExactly(4L, 8L);
  }

  @Test
  void zeroIsTheEndOnly() {
    assertThat(due(new Every(0, 8))).containsExactly(8L);
  }
}
