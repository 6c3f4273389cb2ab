package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.ofType;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RegexRuleTest {

  @Test
  void aMatchAnywhereEarnsOne() {
    Scorer scorer = ofType("regex", "pattern", "\\bthank", "expect", "match");
    assertThat(value(scorer, "Many thanks")).isEqualTo(1);
    assertThat(value(scorer, "Unthankful")).isEqualTo(0);
  }

  @Test
  void theAbsenceOfAMatchEarnsOne() {
    Scorer scorer = ofType("regex", "pattern", "(?i)as an ai", "expect", "no-match");
    assertThat(value(scorer, "Hello")).isEqualTo(1);
    assertThat(value(scorer, "As an AI, no")).isEqualTo(0);
  }

  @Test
  void everyMatchEarnsUpToTheMost() {
    Scorer scorer =
        ofType(
            "regex",
            "pattern",
            "\\d+",
            "expect",
            "count",
            "score-per-match",
            "-0.5",
            "most-matches",
            "3");
    assertThat(value(scorer, "none")).isEqualTo(0);
    assertThat(value(scorer, "1 and 22")).isEqualTo(-1);
    assertThat(value(scorer, "1 2 3 4 5")).isEqualTo(-1.5);
    assertThat(judge(scorer, "1 and 22").components()).containsEntry("matches", 2.0);
  }

  @Test
  void byDefaultAMatchIsWorthOneAndAllCount() {
    Scorer scorer = ofType("regex", "pattern", "a", "expect", "count");
    assertThat(value(scorer, "a".repeat(50))).isEqualTo(50);
  }

  @Test
  void aPatternThatTriesExponentiallyManyWaysFailsItsItemOnly() {
    Scorer scorer =
        ofType("regex", "pattern", "(x+x+)+y", "expect", "match", "most-steps", "100000");
    Verdict verdict = judge(scorer, "x".repeat(60));
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("matching took more than 100000 steps");
    assertThat(value(scorer, "xxy")).isEqualTo(1);
  }

  @Test
  void aPatternThatNeedsMoreStackThanThereIsFailsItsItem() {
    Scorer scorer =
        ofType("regex", "pattern", "(a|b)*c", "expect", "match", "most-steps", "1000000000");
    Verdict verdict = judge(scorer, "ab".repeat(1_000_000));
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("matching took more stack than there is");
  }

  @Test
  void anInvalidExpressionIsNamedWithItsPlace() {
    assertThatThrownBy(() -> ofType("regex", "pattern", "a(b", "expect", "match"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parley.reward.scorers.own.pattern is \"a(b\", expected a regular")
        .hasMessageContaining("Unclosed group");
  }

  @Test
  void aMisspeltExpectationIsCorrected() {
    assertThatThrownBy(() -> ofType("regex", "pattern", "a", "expect", "mtach"))
        .hasMessageContaining(
            "own.expect is \"mtach\", expected match or no-match or count; did you mean"
                + " \"match\"?");
  }

  @Test
  void settingsOfCountingAreUnknownWhereNothingIsCounted() {
    assertThatThrownBy(
            () -> ofType("regex", "pattern", "a", "expect", "match", "most-matches", "2"))
        .hasMessageContaining(
            "a scorer of type regex has no setting \"parley.reward.scorers.own.most-matches\"");
  }
}
