package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.parley.trainer.experience.Sample;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GroupsTest {

  private static Sample sample(String prompt, int index, double score) {
    float[] one = {-1};
    return new Sample(
        prompt,
        index,
        new int[2],
        new int[1],
        new boolean[] {true},
        one,
        one,
        one,
        score,
        Map.of(),
        true,
        1,
        1,
        1,
        "");
  }

  private static Map<String, Double> told(Sample... samples) {
    float[][] one = Stream.of(samples).map(sample -> new float[] {-1}).toArray(float[][]::new);
    AnswerReport report = new AnswerReport(List.of(samples), one, one, one, 0, false);
    Groups.tell(List.of(samples), Groups.of(List.of(samples)), report);
    return report.metrics();
  }

  @Test
  void answersToTheSamePromptHaveEqualNumbers() {
    assertThat(Groups.of(List.of(sample("a", 0, 1), sample("b", 0, 1), sample("a", 1, 1))))
        .containsExactly(0, 1, 0);
  }

  @Test
  void scoresLieApartByTheirStandardDeviationInEachGroup() {
    // Groups (1, 3) and (2, 2): √2 and 0.
    assertThat(told(sample("a", 0, 1), sample("b", 0, 2), sample("a", 1, 3), sample("b", 1, 2)))
        .contains(
            entry(GroupMetrics.SPREAD, Math.sqrt(2) / 2), entry(GroupMetrics.WITHOUT_SPREAD, 0.5));
  }

  @Test
  void nothingIsToldOfSpreadWhereNoPromptHasSeveralAnswers() {
    assertThat(told(sample("a", 0, 1), sample("b", 0, 2)))
        .doesNotContainKeys(GroupMetrics.SPREAD, GroupMetrics.WITHOUT_SPREAD);
  }
}
