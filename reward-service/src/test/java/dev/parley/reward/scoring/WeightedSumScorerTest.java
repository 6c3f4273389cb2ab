package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.scorer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WeightedSumScorerTest {

  private static final String[] PARTS = {
    "brief.type",
    "length",
    "brief.unit",
    "words",
    "brief.target",
    "2",
    "brief.penalty",
    "1",
    "polite.type",
    "keyword",
    "polite.words.please",
    "1",
    // Fails on a long run of x.
    "slow.type",
    "regex",
    "slow.pattern",
    "(x+x+)+y",
    "slow.expect",
    "match",
    "slow.most-steps",
    "10000",
  };

  private static Scorer total(String... settings) {
    List<String> all = new ArrayList<>(List.of(PARTS));
    all.addAll(List.of("total.type", "weighted-sum"));
    all.addAll(List.of(settings));
    return scorer("total", all.toArray(new String[0]));
  }

  private static final String BAD = "x".repeat(60);

  @Test
  void partsAreAddedByTheirWeights() {
    Scorer scorer = total("total.weights.brief", "0.5", "total.weights.polite", "10");
    Verdict verdict = judge(scorer, "please be brief now");
    assertThat(verdict.value()).isEqualTo(0.5 * -2 + 10);
  }

  @Test
  void whatAPartReadOutOfTheAnswerIsToldOn() {
    Scorer scorer =
        total("result.type", "math", "total.weights.polite", "1", "total.weights.result", "1");
    Item item =
        new Item(new Content.Texts("6 · 7?", "The answer is \\boxed{42}, please."), "42", Map.of());
    Verdict verdict = scorer.score(List.of(item)).get(0);
    assertThat(verdict.value()).isEqualTo(2);
    assertThat(verdict.extracted()).contains("42");
    Scorer readsAllOfIt = total("total.weights.polite", "1");
    assertThat(readsAllOfIt.score(List.of(item)).get(0).extracted()).isEmpty();
  }

  @Test
  void componentsCarryEveryPartWithItsOwnComponents() {
    Scorer scorer = total("total.weights.brief", "0.5", "total.weights.polite", "10");
    assertThat(judge(scorer, "please be brief now").components())
        .containsExactly(
            entry("brief", -2.0),
            entry("brief.length", 4.0),
            entry("polite", 1.0),
            entry("polite.matches", 1.0));
    assertThat(scorer.components())
        .containsExactly("brief", "brief.length", "polite", "polite.matches");
  }

  @Test
  void aPartThatFailsFailsTheSumOfItsItemOnly() {
    Scorer scorer = total("total.weights.slow", "1", "total.weights.polite", "1");
    List<Verdict> verdicts =
        scorer.score(
            List.of(Item.of(new Content.Texts("", BAD)), Item.of(new Content.Texts("", "please"))));
    assertThat(verdicts.get(0).ok()).isFalse();
    assertThat(verdicts.get(0).error()).startsWith("slow: matching took more than 10000 steps");
    assertThat(verdicts.get(1).value()).isEqualTo(1);
  }

  @Test
  void onRequestAPartThatFailsIsSkippedAndCounted() {
    Scorer scorer =
        total("total.weights.slow", "1", "total.weights.polite", "1", "total.on-failure", "skip");
    assertThat(judge(scorer, "please " + BAD).value()).isEqualTo(1);
    assertThat(judge(scorer, "please " + BAD).components())
        .containsEntry("skipped_parts", 1.0)
        .doesNotContainKey("slow");
    assertThat(judge(scorer, "please").components()).containsEntry("skipped_parts", 0.0);
    assertThat(scorer.components()).contains("skipped_parts");
  }

  @Test
  void aSumOfWhichNothingIsLeftFails() {
    Scorer scorer = total("total.weights.slow", "1", "total.on-failure", "skip");
    assertThat(judge(scorer, BAD).ok()).isFalse();
  }

  @Test
  void sumsMayBeNested() {
    Scorer scorer =
        total("total.weights.inner", "2", "inner.type", "weighted-sum", "inner.weights.brief", "3");
    Verdict verdict = judge(scorer, "one");
    assertThat(verdict.value()).isEqualTo(-6);
    assertThat(verdict.components())
        .containsEntry("inner", -3.0)
        .containsEntry("inner.brief", -1.0)
        .containsEntry("inner.brief.length", 1.0);
  }

  @Test
  void theVersionChangesWithAPartsConfigurationAndWithTheWeights() {
    Scorer one = total("total.weights.brief", "1");
    assertThat(total("total.weights.brief", "1").version()).isEqualTo(one.version());
    assertThat(total("total.weights.brief", "2").version()).isNotEqualTo(one.version());
    assertThat(total("total.weights.polite", "1").version()).isNotEqualTo(one.version());
    assertThat(total("total.weights.brief", "1", "brief.lowest", "-9").version())
        .isNotEqualTo(one.version());
  }

  @Test
  void anUnknownPartIsCorrected() {
    assertThatThrownBy(() -> total("total.weights.breif", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "parley.reward.scorers.total.weights.breif is \"breif\", but there is no scorer of"
                + " this name; did you mean \"brief\"?");
  }

  @Test
  void aCycleIsShown() {
    assertThatThrownBy(
            () ->
                total(
                    "total.weights.inner",
                    "2",
                    "inner.type",
                    "weighted-sum",
                    "inner.weights.total",
                    "3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("closes a cycle: ")
        .hasMessageContaining("inner → total → inner");
  }

  @Test
  void aSumOfNothingIsRefused() {
    assertThatThrownBy(() -> total())
        .hasMessageContaining(
            "total.weights.<name> is not set, expected the weight of another scorer");
  }
}
