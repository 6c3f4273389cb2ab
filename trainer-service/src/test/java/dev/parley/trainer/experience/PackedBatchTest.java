package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedBatchTest {

  private static LearningSequence sequence(int[] tokens, int... learnt) {
    boolean[] marks = new boolean[tokens.length];
    for (int t : learnt) {
      marks[t] = true;
    }
    return new LearningSequence(tokens, marks);
  }

  @Test
  void predictorsStandBeforeTheLearntTokensOfTheirOwnRow() {
    PackedBatch packed =
        PackedBatch.of(
            List.of(
                sequence(new int[] {10, 11, 12}, 1, 2),
                sequence(new int[] {20, 21}),
                sequence(new int[] {30, 31, 32, 33}, 3)));
    assertThat(packed.batch().tokens()).containsExactly(10, 11, 12, 20, 21, 30, 31, 32, 33);
    assertThat(packed.batch().lengths()).containsExactly(3, 2, 4);
    assertThat(packed.predictors()).containsExactly(0, 1, 7);
    assertThat(packed.rowCounts()).containsExactly(2, 0, 1);
    assertThat(packed.learnt()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theTokenAfterEachPredictorIsTheLearntOne(long seed) {
    List<LearningSequence> sequences = ToyLearner.sequences(9, seed);
    PackedBatch packed = PackedBatch.of(sequences);
    List<Integer> expected = new ArrayList<>();
    for (LearningSequence sequence : sequences) {
      for (int t = 0; t < sequence.tokens().length; t++) {
        if (sequence.learnt()[t]) {
          expected.add(sequence.tokens()[t]);
        }
      }
    }
    int[] tokens = packed.batch().tokens();
    assertThat(Arrays.stream(packed.predictors()).map(p -> tokens[p + 1]).boxed())
        .containsExactlyElementsOf(expected);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aSplitHoldsEachRowOnceWithinTheBudget(long seed) {
    Random random = new Random(seed);
    int[] lengths = random.ints(random.nextInt(40), 1, 30).toArray();
    int budget = 1 + random.nextInt(60);
    List<List<Integer>> split = PackedBatch.split(lengths, budget);
    assertThat(split.stream().flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, lengths.length).boxed().toList());
    for (List<Integer> batch : split) {
      int tokens = batch.stream().mapToInt(row -> lengths[row]).sum();
      assertThat(batch).isNotEmpty();
      assertThat(tokens <= budget || batch.size() == 1).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theOrderOfTheRowsDoesNotChangeTheMicroBatchesLengths(long seed) {
    Random random = new Random(seed);
    List<Integer> lengths = new ArrayList<>(random.ints(20, 1, 30).boxed().toList());
    List<List<Integer>> once = lengthsOfSplit(lengths);
    Collections.shuffle(lengths, random);
    assertThat(lengthsOfSplit(lengths)).isEqualTo(once);
  }

  private static List<List<Integer>> lengthsOfSplit(List<Integer> lengths) {
    int[] array = lengths.stream().mapToInt(Integer::intValue).toArray();
    return PackedBatch.split(array, 50).stream()
        .map(batch -> batch.stream().map(lengths::get).toList())
        .toList();
  }

  @Test
  void rowsOfLikeLengthsShareAMicroBatch() {
    assertThat(PackedBatch.split(new int[] {9, 1, 8, 2}, 17))
        .containsExactly(List.of(1, 3, 2), List.of(0));
  }

  @Test
  void aRowAboveTheBudgetIsAMicroBatchByItself() {
    assertThat(PackedBatch.split(new int[] {100, 3, 3}, 10))
        .containsExactly(List.of(1, 2), List.of(0));
  }

  @Test
  void sequencesOfWhichNothingIsLearntAreLeftOut() {
    List<PackedBatch> split =
        PackedBatch.split(
            List.of(sequence(new int[] {1, 2, 3}), sequence(new int[] {4, 5}, 1)), 100);
    assertThat(split).hasSize(1);
    assertThat(split.get(0).batch().tokens()).containsExactly(4, 5);
  }
}
