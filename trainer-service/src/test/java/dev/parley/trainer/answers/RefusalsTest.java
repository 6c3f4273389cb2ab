package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, I can\u2019t do this.",
        "  As an AI language model, I have no opinion.",
        "I CANNOT answer.",
        "Unfortunately, I cannot say."
      })
  void whatBeginsLikeARefusalIsOne(String answer) {
    assertThat(Refusals.isRefusal(answer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "42",
        "She said: I'm sorry, I can't come.",
        "Cannot is written in one word.",
        "Icannot"
      })
  void whatMerelyHoldsSuchWordsIsNone(String answer) {
    assertThat(Refusals.isRefusal(answer)).isFalse();
  }
}
