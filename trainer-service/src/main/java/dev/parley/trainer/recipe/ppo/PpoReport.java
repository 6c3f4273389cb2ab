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
import java.util.Objects;
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
    metrics.put(PpoMetrics.KL, klPerAnswer);
    metrics.put(PpoMetrics.KL_COEFFICIENT, beta);
    metrics.put(PpoMetrics.SCORES, scores);
    metrics.put(PpoMetrics.SCORES_DEVIATION, deviation(Sample::score));
    metrics.put(PpoMetrics.NON_SCORE_REWARD, penalty);
    metrics.put(PpoMetrics.RLHF_REWARD, scores + penalty);
    metrics.put(PpoMetrics.ANSWER_ENTROPY, -meanPerAnswer(experience.logProbs()));
    metrics.put(
        PpoMetrics.EXPLAINED_VARIANCE,
        MaskedStatistics.explainedVariance(experience.values(), experience.returns(), mask));
    metrics.put(PpoMetrics.VALUES, MaskedStatistics.mean(experience.values(), mask));
    metrics.put(PpoMetrics.RETURNS, MaskedStatistics.mean(experience.returns(), mask));
    metrics.put(PpoMetrics.RESPONSE_LENGTH, mean(s -> s.tokens().length));
    metrics.put(
        PpoMetrics.RESPONSE_LENGTH_LEAST,
        samples.stream().mapToDouble(s -> s.tokens().length).min().orElseThrow());
    metrics.put(
        PpoMetrics.RESPONSE_LENGTH_GREATEST,
        samples.stream().mapToDouble(s -> s.tokens().length).max().orElseThrow());
    metrics.put(PpoMetrics.RESPONSE_CUT_OFF, mean(s -> s.ended() ? 0 : 1));
    metrics.put(PpoMetrics.PROMPT_LENGTH, mean(s -> s.prompt().length));
    metrics.put(PpoMetrics.ENDED, samples.size() * mean(s -> s.ended() ? 1 : 0));
    metrics.put(PpoMetrics.SAMPLES, (double) samples.size());
    metrics.put(PpoMetrics.STOPPED_EARLY, 0.0);
    logProbGap(experience);
  }

  /** Both sides' numbers must agree. */
  private void logProbGap(Experience experience) {
    float[][] computed = experience.computedLogProbs();
    boolean reused = Arrays.stream(computed).anyMatch(Objects::isNull);
    metrics.put(PpoMetrics.OLD_LOG_PROBS_REUSED, reused ? 1.0 : 0.0);
    double[] gaps = LogProbGap.perToken(samples, computed);
    if (gaps.length > 0) {
      Arrays.sort(gaps);
      metrics.put(PpoMetrics.LOG_PROB_GAP, gaps[gaps.length / 2]);
      metrics.put(PpoMetrics.LOG_PROB_GAP_GREATEST, gaps[gaps.length - 1]);
      metrics.put(
          PpoMetrics.PROBABILITY_ERROR, Arrays.stream(gaps).map(Math::exp).average().orElseThrow());
    }
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
    metrics.put(PpoMetrics.IMPORTANCE, weights.meanWeight());
    metrics.put(PpoMetrics.IMPORTANCE_SAMPLE_SIZE, weights.effectiveSampleSize());
    metrics.put(PpoMetrics.IMPORTANCE_TRUNCATED, weights.boundedFraction());
  }

  void step(PpoStep.Outcome outcome) {
    steps++;
    Metrics figures = outcome.metrics();
    figures.values().forEach((name, value) -> sums.merge(name, value, Double::sum));
    lastApproximateKl = figures.values().getOrDefault(PpoMetrics.APPROXIMATE_KL, 0.0);
    sums.merge(PpoMetrics.VALUE_GRADIENT_NORM, outcome.value().gradientNorm(), Double::sum);
    metrics.put(PpoMetrics.VALUE_LEARNING_RATE, outcome.value().learningRate());
    outcome
        .policy()
        .ifPresent(
            policy -> {
              sums.merge(PpoMetrics.GRADIENT_NORM, policy.gradientNorm(), Double::sum);
              metrics.put(PpoMetrics.LEARNING_RATE, policy.learningRate());
            });
  }

  void stoppedEarly() {
    metrics.put(PpoMetrics.STOPPED_EARLY, 1.0);
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
    all.put(PpoMetrics.OPTIMIZER_STEPS, (double) steps);
    return all;
  }
}
