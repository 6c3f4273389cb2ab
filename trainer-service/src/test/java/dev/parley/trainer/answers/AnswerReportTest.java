package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswerReportTest {

  private static Sample sample(float[] policyLogProbs, double score, boolean ended, long version) {
    int length = policyLogProbs.length;
    boolean[] actions = new boolean[length];
    Arrays.fill(actions, true);
    return new Sample(
        "p",
        0,
        new int[length + 1],
        new int[length],
        actions,
        new float[length],
        policyLogProbs,
        new float[length],
        score,
        Map.of(),
        ended,
        1,
        version,
        version,
        "");
  }

  /** Of two answers of two and one tokens, with numbers that can be followed by hand. */
  private static Map<String, Double> report(float[][] computed, boolean klInReward) {
    return new AnswerReport(
            List.of(
                sample(new float[] {-1, -2.5f}, 1, true, 3),
                sample(new float[] {-3.25f}, 4, false, 2)),
            new float[][] {{-1, -2}, {-3}},
            computed,
            new float[][] {{-1.5f, -2}, {-2}},
            0.5,
            klInReward)
        .metrics();
  }

  private static Map<String, Double> report() {
    return report(new float[][] {{-1, -2}, {-3}}, true);
  }

  @Test
  void klIsSummedOverAnAnswerAndAveragedOverAnswers() {
    // (0.5 + 0) and (-1)
    assertThat(report()).contains(entry("objective/kl", -0.25));
  }

  @Test
  void theObjectiveIsTheScoreLessTheKlsCost() {
    assertThat(report())
        .contains(
            entry("objective/scores", 2.5),
            entry("objective/kl_coef", 0.5),
            entry("objective/non_score_reward", 0.125),
            entry("objective/rlhf_reward", 2.625));
    assertThat(report().get("objective/scores_std")).isCloseTo(Math.sqrt(4.5), within(1e-9));
  }

  @Test
  void inTheLossTheKlCostsNoReward() {
    Map<String, Double> metrics = report(new float[][] {{-1, -2}, {-3}}, false);
    assertThat(metrics.get("objective/non_score_reward")).isZero();
    assertThat(metrics).contains(entry("objective/rlhf_reward", 2.5));
  }

  @Test
  void theEntropyOfAnswersIsTheirMeanNegativeLogProbability() {
    assertThat(report()).contains(entry("objective/entropy", 3.0));
  }

  @Test
  void lengthsAndEndsAreThoseOfTheAnswers() {
    assertThat(report())
        .contains(
            entry("response_length/mean", 1.5),
            entry("response_length/min", 1.0),
            entry("response_length/max", 2.0),
            entry("response_length/clip_ratio", 0.5),
            entry("prompt_length/mean", 2.5),
            entry("val/num_eos_tokens", 1.0),
            entry("rollout/num_samples", 2.0));
  }

  @Test
  void theGapBetweenBothSidesLogProbabilitiesIsOverTokens() {
    assertThat(report())
        .contains(entry("rollout/logprob_gap_median", 0.25), entry("rollout/logprob_gap_max", 0.5));
    assertThat(report().get("train/token_mult_prob_error"))
        .isCloseTo((1 + Math.exp(0.5) + Math.exp(0.25)) / 3, within(1e-9));
  }

  @Test
  void whereTheTrainerComputedOnlySomeTheGapIsOverThese() {
    assertThat(report(new float[][] {null, {-3}}, true))
        .contains(
            entry("rollout/logprob_gap_median", 0.25),
            entry("rollout/logprob_gap_max", 0.25),
            entry("rollout/old_logprobs_reused", 1.0));
    assertThat(report()).contains(entry("rollout/old_logprobs_reused", 0.0));
  }

  @Test
  void whereThePolicyToldOfACutDistributionThereIsNoGapToReport() {
    AnswerReport report =
        new AnswerReport(
            List.of(sample(new float[0], 1, true, 3)),
            new float[][] {{-1}},
            new float[][] {{-1}},
            new float[][] {{-1}},
            0.5,
            true);
    assertThat(report.metrics()).doesNotContainKey("rollout/logprob_gap_median");
  }
}
