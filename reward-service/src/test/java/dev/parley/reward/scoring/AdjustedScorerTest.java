package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.scorer;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdjustedScorerTest {

  private static Scorer adjusted(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "raw.type",
                "keyword",
                "raw.words.tea",
                "6",
                "raw.words.mud",
                "-8",
                "own.type",
                "adjusted",
                "own.of",
                "raw"));
    all.addAll(List.of(settings));
    return scorer("own", all.toArray(new String[0]));
  }

  @Test
  void theValueIsWhitenedByTheNumbersGiven() {
    assertThat(value(adjusted("own.mean", "2", "own.deviation", "8"), "tea")).isEqualTo(0.5);
  }

  @Test
  void theCapComesAfterTheWhitening() {
    Scorer scorer = adjusted("own.deviation", "2", "own.lowest", "-1", "own.highest", "2.5");
    assertThat(value(scorer, "tea")).isEqualTo(2.5);
    assertThat(value(scorer, "mud")).isEqualTo(-1);
    assertThat(value(scorer, "water")).isZero();
  }

  @Test
  void perWordOrCharacterTheValueIsDividedByTheLength() {
    assertThat(value(adjusted("own.per", "word"), "tea for two")).isEqualTo(2);
    assertThat(value(adjusted("own.per", "character"), "tea 🙂🙂")).isEqualTo(1);
    assertThat(judge(adjusted("own.per", "word"), "tea for two").components())
        .containsEntry("length", 3.0)
        .containsEntry("raw", 6.0);
    assertThat(value(adjusted("own.per", "word"), "")).isZero();
  }

  @Test
  void anAnswerWithoutTextHasNoLength() {
    // The part must be able to score tokens; nesting shows that the failure is told through.
    Verdict verdict =
        adjusted("own.per", "word")
            .score(List.of(Item.of(new Content.Tokens(new int[] {1}))))
            .get(0);
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).startsWith("raw: a rule reads the answer's text");
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    assertThatThrownBy(() -> adjusted("own.deviation", "0"))
        .hasMessageContaining("deviation is \"0.0\", expected more than 0");
    assertThatThrownBy(() -> adjusted("own.lowest", "1", "own.highest", "1"))
        .hasMessageContaining("lowest is \"1.0\", expected less than highest");
    assertThatThrownBy(() -> adjusted("own.of", "own")).hasMessageContaining("closes a cycle");
  }
}
