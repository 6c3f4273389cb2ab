package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LearningSequenceTest {

  @Test
  void countIsTheNumberOfMarks() {
    LearningSequence sequence =
        new LearningSequence(new int[] {5, 6, 7, 8}, new boolean[] {false, true, false, true});
    assertThat(sequence.count()).isEqualTo(2);
  }

  @Test
  void everyTokenNeedsAMark() {
    assertThatThrownBy(() -> new LearningSequence(new int[] {5, 6}, new boolean[] {false}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 tokens, but marks for 1");
  }

  @Test
  void theFirstTokenCannotBeLearnt() {
    assertThatThrownBy(() -> new LearningSequence(new int[] {5, 6}, new boolean[] {true, true}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing predicts it");
  }
}
