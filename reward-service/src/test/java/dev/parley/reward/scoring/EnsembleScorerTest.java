package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.scorer;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.parley.reward.RewardMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnsembleScorerTest {

  /** Three members, which give the word "tea" 1, 2 and 6. */
  private static final List<String> MEMBERS =
      List.of(
          "a.type",
          "keyword",
          "a.words.tea",
          "1",
          "b.type",
          "keyword",
          "b.words.tea",
          "2",
          "c.type",
          "keyword",
          "c.words.tea",
          "6");

  private static String[] with(String... settings) {
    List<String> all = new ArrayList<>(MEMBERS);
    all.addAll(List.of("all.type", "ensemble"));
    all.addAll(List.of(settings));
    return all.toArray(new String[0]);
  }

  private static Scorer ensemble(String... settings) {
    return scorer("all", with(settings));
  }

  /** Mean 3, least 1, variance (4 + 1 + 9) / 3 = 14/3. */
  @ParameterizedTest
  @CsvSource({
    "mean, , 3",
    "worst, , 1",
    "mean-minus-variance, 0.3, 1.6",
    "mean-minus-deviation, 2, -1.320494",
    "mean-minus-deviation, 0, 3"
  })
  void membersAreCombinedAsAskedFor(String combine, String coefficient, double expected) {
    Scorer scorer =
        coefficient == null
            ? ensemble("all.members", "a,b,c", "all.combine", combine)
            : ensemble(
                "all.members", "a,b,c", "all.combine", combine, "all.coefficient", coefficient);
    assertThat(value(scorer, "tea")).isCloseTo(expected, within(1e-6));
  }

  @Test
  void disagreementIsReportedBesideEveryMember() {
    Scorer scorer = ensemble("all.members", "a, c", "all.combine", "mean");
    assertThat(judge(scorer, "tea").components())
        .containsExactly(
            entry("a", 1.0),
            entry("a.matches", 1.0),
            entry("c", 6.0),
            entry("c.matches", 1.0),
            entry("mean", 3.5),
            entry("worst", 1.0),
            entry("disagreement", 2.5));
    assertThat(scorer.components())
        .containsExactlyElementsOf(judge(scorer, "tea").components().keySet());
    assertThat(judge(scorer, "milk").components()).containsEntry("disagreement", 0.0);
  }

  @Test
  void disagreementIsMeasured() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    String[] settings = with("all.members", "a,c", "all.combine", "worst");
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    Scorer scorer = Scorers.make("parley.reward", "all", values, new RewardMetrics(registry));
    judge(scorer, "tea");
    judge(scorer, "milk");
    assertThat(registry.get("parley.reward.disagreement").tag("scorer", "all").summary().mean())
        .isEqualTo(1.25);
  }

  @Test
  void aMemberThatFailsFailsTheItem() {
    Scorer scorer =
        ensemble(
            "slow.type",
            "regex",
            "slow.pattern",
            "(x+x+)+y",
            "slow.expect",
            "match",
            "slow.most-steps",
            "10000",
            "all.members",
            "a,slow",
            "all.combine",
            "mean");
    assertThat(judge(scorer, "x".repeat(60)).error()).startsWith("slow: matching took more");
  }

  @Test
  void theVersionChangesWithTheMembersAndWithHowTheyAreCombined() {
    String mean = ensemble("all.members", "a,b", "all.combine", "mean").version();
    assertThat(ensemble("all.members", "a,b", "all.combine", "mean").version()).isEqualTo(mean);
    assertThat(ensemble("all.members", "a,c", "all.combine", "mean").version()).isNotEqualTo(mean);
    assertThat(ensemble("all.members", "a,b", "all.combine", "worst").version()).isNotEqualTo(mean);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a|mean||expected at least two scorers",
        "a,a|mean||each once, separated by commas",
        "a,d|mean||there is no scorer of this name",
        "a,b|means||did you mean \"mean\"?",
        "a,b|mean|1|it is for mean-minus-deviation and mean-minus-variance",
        "a,b|mean-minus-variance||what the spread costs",
        "a,b|mean-minus-variance|-1|at least 0"
      })
  void whatCannotBeMeantIsRefused(
      String members, String combine, String coefficient, String message) {
    List<String> settings =
        new ArrayList<>(List.of("all.members", members, "all.combine", combine));
    if (coefficient != null) {
      settings.addAll(List.of("all.coefficient", coefficient));
    }
    assertThatThrownBy(() -> ensemble(settings.toArray(new String[0])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parley.reward.scorers.all.")
        .hasMessageContaining(message);
  }
}
