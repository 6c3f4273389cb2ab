package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.ofType;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormatRuleTest {

  private static final Scorer SENTENCE = ofType("format", "ends-with-sentence", "true");
  private static final Scorer JSON = ofType("format", "json", "true");

  @ParameterizedTest
  @ValueSource(strings = {"Done.", "Done!\n", "Really?", "He said \"no.\"", "(Yes.)", "好。", "So…"})
  void aSentenceEnds(String answer) {
    assertThat(value(SENTENCE, answer)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Done", "and so,", "\"", "1.a"})
  void aSentenceDoesNotEnd(String answer) {
    assertThat(value(SENTENCE, answer)).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", " {\"a\": [1, 2.5e3, null]} ", "[]", "\"text\"", "3"})
  void jsonParses(String answer) {
    assertThat(value(JSON, answer)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{'a': 1}", "{} {}", "Here it is: {}", "NaN", "{\"a\": 1,}"})
  void otherThingsAreNotJson(String answer) {
    assertThat(value(JSON, answer)).isEqualTo(0);
  }

  @Test
  void linesAreCounted() {
    Scorer scorer = ofType("format", "max-lines", "2");
    assertThat(value(scorer, "one\ntwo\n")).isEqualTo(1);
    assertThat(value(scorer, "one\n\nthree")).isEqualTo(0);
  }

  @Test
  void wordsInARowMayNotBeRepeated() {
    Scorer scorer = ofType("format", "unrepeated-words", "3");
    assertThat(value(scorer, "I am here and I am there")).isEqualTo(1);
    assertThat(value(scorer, "I am here. So: i AM\nhere. Yes")).isEqualTo(0);
    assertThat(value(scorer, "no no")).isEqualTo(1);
    assertThat(value(scorer, "no no no no")).isEqualTo(0);
  }

  @Test
  void theValueIsTheShareOfChecksThatHold() {
    Scorer scorer =
        ofType(
            "format",
            "ends-with-sentence",
            "true",
            "max-lines",
            "1",
            "unrepeated-words",
            "1",
            "json",
            "true");
    Verdict verdict = judge(scorer, "one one.");
    assertThat(verdict.value()).isEqualTo(0.75);
    assertThat(verdict.components())
        .containsEntry("ends_with_sentence", 1.0)
        .containsEntry("max_lines", 1.0)
        .containsEntry("unrepeated_words", 1.0)
        .containsEntry("json", 0.0);
    assertThat(scorer.components())
        .containsExactly("ends_with_sentence", "max_lines", "unrepeated_words", "json");
  }

  @Test
  void aRuleThatChecksNothingIsRefused() {
    assertThatThrownBy(() -> ofType("format", "json", "false"))
        .hasMessageContaining("nothing is checked; expected at least one of")
        .hasMessageContaining("parley.reward.scorers.own.max-lines");
  }

  @Test
  void aCountIsAtLeastOne() {
    assertThatThrownBy(() -> ofType("format", "max-lines", "0"))
        .hasMessageContaining("own.max-lines is \"0\", expected at least 1");
    assertThatThrownBy(() -> ofType("format", "max-lines", "few"))
        .hasMessageContaining("own.max-lines is \"few\", expected a whole number");
  }
}
