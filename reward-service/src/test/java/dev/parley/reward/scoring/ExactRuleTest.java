package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExactRuleTest {

  @Test
  void toTheLetterButForSpaceAround() {
    Scorer exact = ofType("exact");
    assertThat(value(exact, " Paris \n", "Paris")).isEqualTo(1);
    assertThat(value(exact, "paris", "Paris")).isZero();
    assertThat(value(exact, "Paris.", "Paris")).isZero();
    assertThat(value(exact, "Par is", "Paris")).isZero();
    assertThat(value(exact, "Cafe\u0301", "Caf\u00e9")).as("composed or not").isEqualTo(1);
  }

  @Test
  void caseSpacesAndPunctuationMayBePassedOver() {
    Scorer loose =
        ofType("exact", "case-sensitive", "false", "spaces", "false", "punctuation", "false");
    assertThat(value(loose, "The  answer: Paris!", "the answer Paris")).isEqualTo(1);
    assertThat(value(loose, "The answer: Rome!", "the answer Paris")).isZero();
  }

  @Test
  void aPartOfTheAnswerMayBeCompared() {
    assertThat(value(ofType("exact", "part", "last-line"), "I think.\n\nB\n\n", "B")).isEqualTo(1);
    Scorer last = ofType("exact", "part", "final-answer");
    assertThat(value(last, "So the answer is B.", "B")).isEqualTo(1);
    assertThat(value(last, "So it is \\boxed{C}", "B")).isZero();
  }

  @Test
  void withoutAReferenceThereIsNoScore() {
    assertThat(judge(ofType("exact"), "", "").error()).contains("no reference answer");
  }

  private static double value(Scorer scorer, String answer, String reference) {
    return judge(scorer, answer, reference).value();
  }

  private static Verdict judge(Scorer scorer, String answer, String reference) {
    return scorer
        .score(List.of(new Item(new Content.Texts("", answer), reference, Map.of())))
        .get(0);
  }
}
