package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlEstimator;
import dev.parley.trainer.rl.MaskedStatistics;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Collects the numbers of one update under their common names. */
final class PpoReport {

  private final Map<String, Double> metrics = new LinkedHashMap<>();
  private final List<Sample> samples;
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private final double klPerAnswer;
  private int steps;
  private double lastApproximateKl;

  PpoReport(Experience experience, PpoConfig config, double beta) {
    this.samples = experience.samples();
    boolean[][] mask = experience.mask();
    float[][] kl =
        Kl.perToken(KlEstimator.K1, experience.logProbs(), experience.referenceLogProbs(), mask);
    klPerAnswer = Kl.meanPerSequence(kl, mask);
    double scores = mean(Sample::score);
    double penalty =
        config.kl().place() == PpoConfig.KlPenalty.Place.REWARD ? -beta * klPerAnswer : 0;
    metrics.put("objective/kl", klPerAnswer);
    metrics.put("objective/kl_coef", beta);
    metrics.put("objective/scores", scores);
    metrics.put("objective/scores_std", deviation(Sample::score));
    metrics.put("objective/non_score_reward", penalty);
    metrics.put("objective/rlhf_reward", scores + penalty);
    metrics.put("objective/entropy", -meanPerAnswer(experience.logProbs()));
    metrics.put(
        "critic/vf_explained_var",
        MaskedStatistics.explainedVariance(experience.values(), experience.returns(), mask));
    metrics.put("critic/values/mean", MaskedStatistics.mean(experience.values(), mask));
    metrics.put("critic/returns/mean", MaskedStatistics.mean(experience.returns(), mask));
    metrics.put("response_length/mean", mean(s -> s.tokens().length));
    metrics.put(
        "response_length/min",
        samples.stream().mapToDouble(s -> s.tokens().length).min().orElseThrow());
    metrics.put(
        "response_length/max",
        samples.stream().mapToDouble(s -> s.tokens().length).max().orElseThrow());
    metrics.put("response_length/clip_ratio", mean(s -> s.ended() ? 0 : 1));
    metrics.put("prompt_length/mean", mean(s -> s.prompt().length));
    metrics.put("val/num_eos_tokens", samples.size() * mean(s -> s.ended() ? 1 : 0));
    metrics.put("rollout/num_samples", (double) samples.size());
    logProbGap(experience, config);
  }

  /** Where tokens are drawn from the whole distribution, both sides' numbers must agree. */
  private void logProbGap(Experience experience, PpoConfig config) {
    if (config.sampling().topK() != 0 || config.sampling().topP() != 1) {
      return;
    }
    int count = Arrays.stream(experience.logProbs()).mapToInt(row -> row.length).sum();
    double[] gaps = new double[count];
    double multiplied = 0;
    int next = 0;
    for (int b = 0; b < samples.size(); b++) {
      for (int t = 0; t < experience.logProbs()[b].length; t++) {
        gaps[next] =
            Math.abs((double) experience.logProbs()[b][t] - experience.samplingLogProbs()[b][t]);
        multiplied += Math.exp(gaps[next++]);
      }
    }
    Arrays.sort(gaps);
    metrics.put("rollout/logprob_gap_median", gaps[count / 2]);
    metrics.put("rollout/logprob_gap_max", gaps[count - 1]);
    metrics.put("train/token_mult_prob_error", multiplied / count);
  }

  private double meanPerAnswer(float[][] perToken) {
    double sum = 0;
    for (float[] row : perToken) {
      for (float value : row) {
        sum += value;
      }
    }
    return sum / perToken.length;
  }

  private double mean(ToDoubleFunction<Sample> number) {
    return samples.stream().mapToDouble(number).average().orElseThrow();
  }

  private double deviation(ToDoubleFunction<Sample> number) {
    double mean = mean(number);
    double squares =
        samples.stream().mapToDouble(s -> Math.pow(number.applyAsDouble(s) - mean, 2)).sum();
    return Math.sqrt(squares / Math.max(1, samples.size() - 1));
  }

  void importance(ImportanceCorrection.Weights weights) {
    metrics.put("rollout_corr/rollout_is_mean", weights.meanWeight());
    metrics.put("rollout_corr/rollout_is_eff_sample_size", weights.effectiveSampleSize());
    metrics.put("rollout_corr/rollout_is_truncated_fraction", weights.boundedFraction());
  }

  void step(PpoStep.Outcome outcome) {
    steps++;
    Metrics figures = outcome.metrics();
    figures.values().forEach((name, value) -> sums.merge(name, value, Double::sum));
    lastApproximateKl = figures.values().getOrDefault(PpoMetrics.APPROXIMATE_KL, 0.0);
    sums.merge("actor/grad_norm", outcome.policy().gradientNorm(), Double::sum);
    sums.merge("critic/grad_norm", outcome.value().gradientNorm(), Double::sum);
    metrics.put("lr", outcome.policy().learningRate());
    metrics.put("critic/lr", outcome.value().learningRate());
  }

  void stoppedEarly() {
    metrics.put("policy/stopped_early", 1.0);
  }

  /** Returns the approximate KL of the newest step to the policy that sampled. */
  double lastApproximateKl() {
    return lastApproximateKl;
  }

  /** Returns the mean KL to the reference, nats per answer. */
  double klPerAnswer() {
    return klPerAnswer;
  }

  /** Returns by how many versions the samples are older than the weights that learnt from them. */
  double staleness(long currentVersion) {
    return mean(s -> currentVersion - s.oldestVersion());
  }

  /** Returns everything; what was measured at each step as the mean over the steps. */
  Map<String, Double> metrics() {
    Map<String, Double> all = new LinkedHashMap<>(metrics);
    sums.forEach((name, sum) -> all.put(name, sum / steps));
    all.put("ppo/optimizer_steps", (double) steps);
    return all;
  }
}
