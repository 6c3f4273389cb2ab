package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlEstimator;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Collects the numbers of one update under their common names. */
public final class AnswerReport {

  private final Map<String, Double> metrics = new LinkedHashMap<>();
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private final List<Sample> samples;
  private final double klPerAnswer;
  private int steps;
  private double lastApproximateKl;

  /**
   * Begins with what is known before the first step.
   *
   * @param samples the update's answers
   * @param evaluation their log-probabilities
   * @param beta the KL coefficient in force
   * @param klInReward whether the KL is taken from the reward, rather than being a term of the loss
   */
  public AnswerReport(
      List<Sample> samples, Evaluation evaluation, double beta, boolean klInReward) {
    this(
        samples,
        evaluation.logProbs(),
        evaluation.computedLogProbs(),
        evaluation.referenceLogProbs(),
        beta,
        klInReward);
  }

  /**
   * Begins with what is known before the first step.
   *
   * @param samples the update's answers {@code [B]}
   * @param logProbs log π_old {@code [B][T]}
   * @param computed the same as the trainer computed it {@code [B][T]}; null where it did not
   * @param reference log π_ref {@code [B][T]}
   * @param beta the KL coefficient in force
   * @param klInReward whether the KL is taken from the reward, rather than being a term of the loss
   */
  AnswerReport(
      List<Sample> samples,
      float[][] logProbs,
      float[][] computed,
      float[][] reference,
      double beta,
      boolean klInReward) {
    this.samples = samples;
    boolean[][] mask = PerToken.mask(logProbs);
    float[][] kl = Kl.perToken(KlEstimator.K1, logProbs, reference, mask);
    klPerAnswer = Kl.meanPerSequence(kl, mask);
    double scores = mean(Sample::score);
    double penalty = klInReward ? -beta * klPerAnswer : 0;
    metrics.put(OnPolicyMetrics.KL, klPerAnswer);
    metrics.put(OnPolicyMetrics.KL_COEFFICIENT, beta);
    metrics.put(OnPolicyMetrics.SCORES, scores);
    metrics.put(OnPolicyMetrics.SCORES_DEVIATION, deviation(Sample::score));
    metrics.put(OnPolicyMetrics.NON_SCORE_REWARD, penalty);
    metrics.put(OnPolicyMetrics.RLHF_REWARD, scores + penalty);
    metrics.put(OnPolicyMetrics.ANSWER_ENTROPY, -meanPerAnswer(logProbs));
    metrics.put(OnPolicyMetrics.RESPONSE_LENGTH, mean(s -> s.tokens().length));
    metrics.put(
        OnPolicyMetrics.RESPONSE_LENGTH_LEAST,
        samples.stream().mapToDouble(s -> s.tokens().length).min().orElseThrow());
    metrics.put(
        OnPolicyMetrics.RESPONSE_LENGTH_GREATEST,
        samples.stream().mapToDouble(s -> s.tokens().length).max().orElseThrow());
    metrics.put(OnPolicyMetrics.RESPONSE_CUT_OFF, mean(s -> s.ended() ? 0 : 1));
    metrics.put(OnPolicyMetrics.REFUSALS, mean(s -> Refusals.isRefusal(s.text()) ? 1 : 0));
    metrics.put(OnPolicyMetrics.PROMPT_LENGTH, mean(s -> s.prompt().length));
    metrics.put(OnPolicyMetrics.ENDED, samples.size() * mean(s -> s.ended() ? 1 : 0));
    metrics.put(OnPolicyMetrics.SAMPLES, (double) samples.size());
    components();
    logProbGap(computed);
  }

  /** Each named part of the score, over the answers that have it. */
  private void components() {
    Map<String, DoubleSummaryStatistics> parts = new TreeMap<>();
    for (Sample sample : samples) {
      sample
          .components()
          .forEach(
              (name, value) ->
                  parts.computeIfAbsent(name, n -> new DoubleSummaryStatistics()).accept(value));
    }
    parts.forEach((name, part) -> metrics.put(OnPolicyMetrics.COMPONENT + name, part.getAverage()));
  }

  /** Both sides' numbers must agree. */
  private void logProbGap(float[][] computed) {
    boolean reused = Arrays.stream(computed).anyMatch(Objects::isNull);
    metrics.put(OnPolicyMetrics.OLD_LOG_PROBS_REUSED, reused ? 1.0 : 0.0);
    double[] gaps = LogProbGap.perToken(samples, computed);
    if (gaps.length > 0) {
      Arrays.sort(gaps);
      metrics.put(OnPolicyMetrics.LOG_PROB_GAP, gaps[gaps.length / 2]);
      metrics.put(OnPolicyMetrics.LOG_PROB_GAP_GREATEST, gaps[gaps.length - 1]);
      metrics.put(
          OnPolicyMetrics.PROBABILITY_ERROR,
          Arrays.stream(gaps).map(Math::exp).average().orElseThrow());
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

  /** Adds a number of the whole update. */
  public void put(String name, double value) {
    metrics.put(name, value);
  }

  /** Adds what importance weights were like. */
  public void importance(ImportanceCorrection.Weights weights) {
    metrics.put(RatioMetrics.IMPORTANCE, weights.meanWeight());
    metrics.put(RatioMetrics.IMPORTANCE_SAMPLE_SIZE, weights.effectiveSampleSize());
    metrics.put(RatioMetrics.IMPORTANCE_TRUNCATED, weights.boundedFraction());
  }

  /**
   * Adds what an optimizer step measured.
   *
   * @param figures of the minibatch
   * @param policy what the policy's learner did; empty if it stood still
   */
  public void step(Metrics figures, Optional<Learner.Step> policy) {
    steps++;
    figures.values().forEach(this::add);
    lastApproximateKl = figures.values().getOrDefault(RatioMetrics.APPROXIMATE_KL, 0.0);
    policy.ifPresent(
        step -> {
          add(OnPolicyMetrics.GRADIENT_NORM, step.gradientNorm());
          metrics.put(OnPolicyMetrics.LEARNING_RATE, step.learningRate());
        });
  }

  /** Adds a number of the newest step; told as the mean over the steps. */
  public void add(String name, double value) {
    sums.merge(name, value, Double::sum);
  }

  /** Returns the approximate KL of the newest step to the policy that sampled. */
  public double lastApproximateKl() {
    return lastApproximateKl;
  }

  /** Returns the mean KL to the reference, nats per answer. */
  public double klPerAnswer() {
    return klPerAnswer;
  }

  /** Returns the steps so far. */
  public int steps() {
    return steps;
  }

  /** Returns everything; what was measured at each step as the mean over the steps. */
  public Map<String, Double> metrics() {
    Map<String, Double> all = new LinkedHashMap<>(metrics);
    sums.forEach((name, sum) -> all.put(name, sum / steps));
    return all;
  }
}
