package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static dev.parley.reward.scoring.Configured.scorer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.text.ChatMessage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScorersTest {

  private static final Scorer POLITE = ofType("keyword", "words.please", "1");

  private static Verdict judge(Content content) {
    return POLITE.score(List.of(Item.of(content))).get(0);
  }

  @Test
  void aMisspeltTypeIsCorrected() {
    assertThatThrownBy(() -> ofType("kyeword"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("parley.reward.scorers.own.type is \"kyeword\", expected model, ")
        .hasMessageEndingWith("; did you mean \"keyword\"?");
  }

  @Test
  void aMisspeltKeyIsCorrected() {
    assertThatThrownBy(() -> ofType("keyword", "words.please", "1", "whole-wrod", "true"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a scorer of type keyword has no setting \"parley.reward.scorers.own.whole-wrod\"; did"
                + " you mean \"parley.reward.scorers.own.whole-word\"?");
  }

  @Test
  void aMisspeltTypeKeyIsCorrected() {
    assertThatThrownBy(() -> ofType("keyword", "words.please", "1", "tpye", "regex"))
        .hasMessageContaining("did you mean \"parley.reward.scorers.own.type\"?");
  }

  @Test
  void anUnknownScorerIsCorrected() {
    assertThatThrownBy(() -> scorer("plite", "polite.type", "keyword", "polite.words.please", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "parley.reward.scorer is \"plite\", but there is no scorer of this name; did you mean"
                + " \"polite\"?");
  }

  @Test
  void aScorerNeedsAType() {
    assertThatThrownBy(() -> scorer("polite", "polite.words.please", "1"))
        .hasMessage(
            "parley.reward.scorers.polite.type is not set, though there is"
                + " parley.reward.scorers.polite.words.please");
  }

  @Test
  void aKeyNeedsAName() {
    assertThatThrownBy(() -> scorer("polite", "type", "keyword"))
        .hasMessageContaining("parley.reward.scorers.type is no setting");
  }

  @Test
  void scorersThatNobodyAsksAreCheckedToo() {
    assertThatThrownBy(
            () ->
                scorer(
                    "polite",
                    "polite.type",
                    "keyword",
                    "polite.words.please",
                    "1",
                    "other.type",
                    "regex"))
        .hasMessageContaining("parley.reward.scorers.other.pattern is not set");
  }

  @Test
  void theVersionIsThatOfTheConfigurationDefaultsIncluded() {
    assertThat(POLITE.version()).matches("[0-9a-f]{64}");
    assertThat(ofType("keyword", "words.please", "1.0", "count", "once").version())
        .isEqualTo(POLITE.version());
    assertThat(ofType("keyword", "words.please", "1", "count", "every").version())
        .isNotEqualTo(POLITE.version());
  }

  @Test
  void aRuleReadsTheAssistantsLastTurn() {
    Content dialogue =
        new Content.Dialogue(
            List.of(
                new ChatMessage("user", "please"),
                new ChatMessage("assistant", "please"),
                new ChatMessage("user", "again"),
                new ChatMessage("assistant", "no")));
    assertThat(judge(dialogue).value()).isEqualTo(0);
  }

  @Test
  void aRuleReadsTheResponseAndNotThePrompt() {
    assertThat(judge(new Content.Texts("please", "no")).value()).isEqualTo(0);
    assertThat(judge(new Content.Texts("no", "please")).value()).isEqualTo(1);
  }

  @Test
  void aConversationWithoutAnAnswerFails() {
    Verdict verdict = judge(new Content.Dialogue(List.of(new ChatMessage("user", "please"))));
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("has no assistant turn");
  }

  @Test
  void tokensHaveNoTextForARuleToRead() {
    Verdict verdict = judge(new Content.Tokens(new int[] {1}));
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("a rule reads the answer's text");
  }

  @Test
  void aVerdictThatIsNoNumberIsAFailure() {
    assertThat(Verdict.of(Double.NaN, Map.of()).ok()).isFalse();
    assertThat(Verdict.of(Double.NEGATIVE_INFINITY, Map.of()).error())
        .isEqualTo("the score is -Infinity");
  }
}
