package dev.parley.trainer.optimization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroBatchesTest {

  private static int tokens(List<Integer> part, int[] lengths) {
    return part.stream().mapToInt(row -> lengths[row]).sum();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void eachRowIsInOnePartAndEachPartWithinTheBudget(long seed) {
    Random random = new Random(seed);
    int[] lengths = random.ints(random.nextInt(40), 1, 30).toArray();
    int budget = 1 + random.nextInt(60);
    List<List<Integer>> parts = MicroBatches.cut(lengths, budget, 1 + random.nextInt(4));
    assertThat(parts.stream().flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, lengths.length).boxed().toList());
    for (List<Integer> part : parts) {
      assertThat(part).isNotEmpty();
      assertThat(tokens(part, lengths) <= budget || part.size() == 1).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theOrderOfTheRowsDoesNotChangeThePartsLengths(long seed) {
    Random random = new Random(seed);
    List<Integer> lengths = new ArrayList<>(random.ints(20, 1, 30).boxed().toList());
    List<List<Integer>> once = lengthsOfParts(lengths);
    Collections.shuffle(lengths, random);
    assertThat(lengthsOfParts(lengths)).isEqualTo(once);
  }

  private static List<List<Integer>> lengthsOfParts(List<Integer> lengths) {
    int[] array = lengths.stream().mapToInt(Integer::intValue).toArray();
    return MicroBatches.cut(array, 50, 2).stream()
        .map(part -> part.stream().map(lengths::get).toList())
        .toList();
  }

  @Test
  void rowsOfLikeLengthsShareAPartAndTheLongestComeFirst() {
    assertThat(MicroBatches.cut(new int[] {9, 1, 8, 2}, 17, 1))
        .containsExactly(List.of(0), List.of(2, 3, 1));
  }

  @Test
  void aRowAboveTheBudgetIsAPartByItself() {
    assertThat(MicroBatches.cut(new int[] {3, 100, 3}, 10, 1))
        .containsExactly(List.of(1), List.of(0, 2));
  }

  @Test
  void partsAreEvenRatherThanFull() {
    int[] lengths = IntStream.generate(() -> 10).limit(9).toArray();
    assertThat(MicroBatches.cut(lengths, 40, 1)).extracting(List::size).containsExactly(3, 3, 3);
  }

  @Test
  void whatFitsOnePartIsSharedByAllWorkers() {
    int[] lengths = IntStream.generate(() -> 10).limit(8).toArray();
    assertThat(MicroBatches.cut(lengths, 1_000, 4)).extracting(List::size).containsOnly(2);
    assertThat(MicroBatches.cut(lengths, 30, 2)).extracting(List::size).containsOnly(2).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void noOtherCutIntoAsManyStretchesHasASmallerLargestPart(long seed) {
    Random random = new Random(seed);
    int[] lengths = random.ints(8, 1, 30).toArray();
    List<List<Integer>> parts = MicroBatches.cut(lengths, 1_000, 3);
    int largest = parts.stream().mapToInt(part -> tokens(part, lengths)).max().orElseThrow();
    List<Integer> order = parts.stream().flatMap(List::stream).toList();
    for (int i = 0; i <= order.size(); i++) {
      for (int j = i; j <= order.size(); j++) {
        assertThat(
                Math.max(
                    tokens(order.subList(0, i), lengths),
                    Math.max(
                        tokens(order.subList(i, j), lengths),
                        tokens(order.subList(j, order.size()), lengths))))
            .isGreaterThanOrEqualTo(largest);
      }
    }
  }

  @Test
  void ofNoRowsThereAreNoParts() {
    assertThat(MicroBatches.cut(new int[0], 10, 2)).isEmpty();
  }
}
