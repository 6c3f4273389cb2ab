package dev.parley.data.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.data.part.Mixture.Exhausted;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MixtureTest {

  @Test
  void sourcesAreDrawnByWeightAndKeepTheirOrder() {
    List<Mixture.Drawn<Integer>> rows = mix(Exhausted.STOP, 2000, 3, 1, 5000, 5000);

    List<Integer> first = ofSource(rows, 0);
    assertThat(rows).hasSize(2000);
    assertThat(first.size() / 2000.0).isCloseTo(0.75, within(0.04));
    assertThat(first).isEqualTo(IntStream.range(0, first.size()).boxed().toList());
  }

  @Test
  void stopEndsWithTheFirstSourceThatIsDrawnInVain() {
    List<Mixture.Drawn<Integer>> rows = mix(Exhausted.STOP, 0, 1, 1, 10, 1000);

    assertThat(ofSource(rows, 0)).hasSize(10);
    assertThat(ofSource(rows, 1)).hasSizeLessThan(40);
  }

  @Test
  void dropReadsEverySourceOnce() {
    List<Mixture.Drawn<Integer>> rows = mix(Exhausted.DROP, 0, 1, 1, 10, 300);

    assertThat(rows).hasSize(310);
  }

  @Test
  void repeatEndsWhenEverySourceHasBeenReadOnceAndCountsTheRounds() {
    List<Mixture.Drawn<Integer>> rows = mix(Exhausted.REPEAT, 0, 1, 1, 10, 100);

    assertThat(ofSource(rows, 1)).hasSize(100);
    assertThat(ofSource(rows, 0)).hasSizeGreaterThan(60).startsWith(0, 1).contains(9);
    assertThat(rows.stream().mapToInt(Mixture.Drawn::round).max().orElseThrow()).isGreaterThan(4);
  }

  @Test
  void repeatGoesOnToTheRowsThatAreWanted() {
    assertThat(mix(Exhausted.REPEAT, 500, 1, 1, 3, 4)).hasSize(500);
  }

  @Test
  void theSameSeedGivesTheSameRows() {
    assertThat(mix(Exhausted.DROP, 0, 2, 5, 50, 60))
        .isEqualTo(mix(Exhausted.DROP, 0, 2, 5, 50, 60));
  }

  @Test
  void aSourceWithoutRowsCannotBeRepeated() {
    assertThatThrownBy(() -> mix(Exhausted.REPEAT, 0, 1, 1, 0, 5))
        .hasMessageContaining("source 1 has no rows");
  }

  private static List<Mixture.Drawn<Integer>> mix(
      Exhausted exhausted, long rows, double weight, double other, int size, int otherSize) {
    List<Mixture.Drawn<Integer>> drawn = new ArrayList<>();
    new Mixture<>(List.of(source(size, weight), source(otherSize, other)), exhausted, rows, 1)
        .forEachRemaining(drawn::add);
    return drawn;
  }

  private static Mixture.Source<Integer> source(int rows, double weight) {
    return new Mixture.Source<>(() -> IntStream.range(0, rows).iterator(), weight);
  }

  private static List<Integer> ofSource(List<Mixture.Drawn<Integer>> rows, int source) {
    return rows.stream().filter(row -> row.source() == source).map(Mixture.Drawn::row).toList();
  }
}
