package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SideBySideTest {

  private final Set<Integer> done = ConcurrentHashMap.newKeySet();

  @Test
  void allOfItIsDone() {
    List<Integer> things = IntStream.range(0, 50).boxed().toList();

    SideBySide.forEach(things, done::add);

    assertThat(done).containsAll(things);
  }

  @Test
  void nothingToDoIsDone() {
    SideBySide.forEach(List.of(), done::add);

    assertThat(done).isEmpty();
  }

  @Test
  void aFailureIsThrownAsItIsOnceTheOthersHaveEnded() {
    assertThatThrownBy(
            () ->
                SideBySide.forEach(
                    List.of(0, 1, 2, 3, 4, 5),
                    thing -> {
                      if (thing == 0) {
                        throw new WeightException("cannot read a file");
                      }
                      done.add(thing);
                    }))
        .isInstanceOf(WeightException.class)
        .hasMessage("cannot read a file");

    assertThat(done).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
  }

  @Test
  void memoryThatIsNotThereIsAnErrorStill() {
    assertThatThrownBy(
            () ->
                SideBySide.forEach(
                    List.of(0, 1),
                    thing -> {
                      throw new OutOfMemoryError("of libtorch");
                    }))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("of libtorch");
  }
}
