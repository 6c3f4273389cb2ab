package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  @Test
  void sequencesOfWhichNothingIsLearntAreLeftOut() {
    LearningSequence useful = sequence(new int[] {4, 5}, 1);
    assertThat(PackedBatch.learnt(List.of(sequence(new int[] {1, 2, 3}), useful)))
        .containsExactly(useful);
  }

  @Test
  void theLengthOfASequenceCountsItsPrompt() {
    assertThat(
            PackedBatch.lengths(
                List.of(sequence(new int[] {1, 2, 3}, 2), sequence(new int[] {4, 5}, 1))))
        .containsExactly(3, 2);
  }
}
