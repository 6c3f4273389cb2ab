package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PpoReportTest {

  private static PpoConfig config(String... sets) {
    List<String> all =
        Stream.concat(Stream.of("run.id=r", "model.path=/m", "prompts.files=f"), Stream.of(sets))
            .toList();
    return Configuration.load(PpoConfig.class, Optional.empty(), all).recipe();
  }

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

  /** Two answers of two and one tokens, with numbers that can be followed by hand. */
  private static final Experience EXPERIENCE = experience(new float[][] {{-1, -2}, {-3}});

  private static Experience experience(float[][] computed) {
    return new Experience(
        List.of(
            sample(new float[] {-1, -2.5f}, 1, true, 3), sample(new float[] {-3.25f}, 4, false, 2)),
        new float[][] {{-1, -2}, {-3}},
        computed,
        new float[][] {{-1.5f, -2}, {-2}},
        new float[][] {{-1, -2.5f}, {-3.25f}},
        new float[][] {{1, 2}, {3}},
        new float[][] {{0, 0}, {0}},
        new float[][] {{0, 0}, {0}},
        new float[][] {{1, 2}, {6}});
  }

  private static Map<String, Double> report(String... sets) {
    return new PpoReport(EXPERIENCE, config(sets), 0.5).metrics();
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
    assertThat(report("kl.place=loss").get("objective/non_score_reward")).isZero();
    assertThat(report("kl.place=loss")).contains(entry("objective/rlhf_reward", 2.5));
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
  void theExplainedVarianceIsOfTheReturns() {
    // errors 0, 0, 3: variance 2; returns 1, 2, 6: variance 14/3
    assertThat(report().get("critic/vf_explained_var")).isCloseTo(1 - 2 / (14.0 / 3), within(1e-9));
    assertThat(report())
        .contains(entry("critic/values/mean", 2.0), entry("critic/returns/mean", 3.0));
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
    Map<String, Double> metrics =
        new PpoReport(experience(new float[][] {null, {-3}}), config(), 0.5).metrics();
    assertThat(metrics)
        .contains(
            entry("rollout/logprob_gap_median", 0.25),
            entry("rollout/logprob_gap_max", 0.25),
            entry("rollout/old_logprobs_reused", 1.0));
    assertThat(report()).contains(entry("rollout/old_logprobs_reused", 0.0));
  }

  @Test
  void whereThePolicyToldOfACutDistributionThereIsNoGapToReport() {
    Experience cut =
        new Experience(
            List.of(sample(new float[0], 1, true, 3)),
            new float[][] {{-1}},
            new float[][] {{-1}},
            new float[][] {{-1}},
            new float[][] {{-1}},
            new float[][] {{1}},
            new float[][] {{0}},
            new float[][] {{0}},
            new float[][] {{1}});
    assertThat(new PpoReport(cut, config(), 0.5).metrics())
        .doesNotContainKey("rollout/logprob_gap_median");
  }
}
