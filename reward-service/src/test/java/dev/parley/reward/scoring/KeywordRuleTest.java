package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.ofType;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KeywordRuleTest {

  @Test
  void weightsOfTheWordsThatAreThereAddUp() {
    Scorer scorer =
        ofType("keyword", "words.please", "0.5", "words.sorry", "0.25", "words.never", "-2");
    assertThat(value(scorer, "Sorry, please wait.")).isEqualTo(0.75);
    assertThat(value(scorer, "Never!")).isEqualTo(-2);
    assertThat(value(scorer, "Nothing of that")).isEqualTo(0);
  }

  @Test
  void aWordCountsOnceUnlessEveryTimeIsAskedFor() {
    assertThat(value(ofType("keyword", "words.yes", "1"), "yes yes yes")).isEqualTo(1);
    Scorer every = ofType("keyword", "words.yes", "1", "count", "every");
    assertThat(value(every, "yes yes yes")).isEqualTo(3);
    assertThat(judge(every, "yes yes yes").components()).containsEntry("matches", 3.0);
  }

  @Test
  void onlyWholeWordsCountUnlessPartsAreAskedFor() {
    assertThat(value(ofType("keyword", "words.art", "1"), "party, Kunst-art_")).isEqualTo(0);
    assertThat(value(ofType("keyword", "words.art", "1", "whole-word", "false"), "party"))
        .isEqualTo(1);
  }

  @Test
  void lettersBeyondAsciiBelongToWords() {
    assertThat(value(ofType("keyword", "words.caf", "1"), "café")).isEqualTo(0);
    assertThat(value(ofType("keyword", "words.É", "1"), "é")).isEqualTo(1);
  }

  @Test
  void caseMattersOnlyWhenAskedFor() {
    assertThat(value(ofType("keyword", "words.us", "1"), "US")).isEqualTo(1);
    assertThat(value(ofType("keyword", "words.us", "1", "case-sensitive", "true"), "US"))
        .isEqualTo(0);
  }

  @Test
  void aWordIsNoExpressionAndMayHaveSpaces() {
    assertThat(value(ofType("keyword", "words.\"thank you\"", "1"), "Thank you.")).isEqualTo(1);
    assertThat(value(ofType("keyword", "words.\"a.c\"", "1"), "abc")).isEqualTo(0);
    assertThat(value(ofType("keyword", "words.C++", "1"), "I know C++.")).isEqualTo(1);
  }

  @Test
  void aRuleWithoutWordsIsRefused() {
    assertThatThrownBy(() -> ofType("keyword", "count", "once"))
        .hasMessageContaining(
            "parley.reward.scorers.own.words.<name> is not set, expected the weight of a word");
  }

  @Test
  void aWeightThatIsNoNumberIsRefused() {
    assertThatThrownBy(() -> ofType("keyword", "words.please", "much"))
        .hasMessageContaining("own.words.please is \"much\", expected a number");
    assertThatThrownBy(() -> ofType("keyword", "words.please", "NaN"))
        .hasMessageContaining("own.words.please is \"NaN\", expected a finite number");
  }

  @Test
  void aFlagIsTrueOrFalse() {
    assertThatThrownBy(() -> ofType("keyword", "words.please", "1", "whole-word", "yes"))
        .hasMessageContaining("own.whole-word is \"yes\", expected true or false");
  }
}
