package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JudgedAnswerTest {

  @Test
  void aPromptWithTheAnswerOfAnotherIsWrittenAsIfItHadBeenGivenThere() {
    JudgedAnswer one =
        new JudgedAnswer(
            new LearningSequence(
                new int[] {1, 2, 3, 10, 11, 9},
                new boolean[] {false, false, false, true, true, false}),
            true,
            1);
    LearningSequence other =
        new LearningSequence(
            new int[] {4, 20, 21, 22, 9}, new boolean[] {false, true, true, true, false});

    LearningSequence mismatched = one.answeredBy(other);

    assertThat(mismatched.tokens()).containsExactly(1, 2, 3, 20, 21, 22, 9);
    assertThat(mismatched.learnt()).containsExactly(false, false, false, true, true, true, false);
  }
}
