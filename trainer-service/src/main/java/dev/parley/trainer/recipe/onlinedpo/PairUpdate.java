package dev.parley.trainer.recipe.onlinedpo;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyUpdate;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.preference.FDivergence;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairVariant;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.dpo.DpoLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What online DPO makes of an update's answers. */
final class PairUpdate implements PolicyUpdate {

  private final OnlineDpoConfig config;
  private final OnPolicySettings settings;
  private final RewardShaping shaping;
  private final RunContext context;
  private final Learner learner;
  private final Accumulation accumulation;
  private final OffPolicy offPolicy;
  private final DpoLoss.Settings loss;

  PairUpdate(
      OnlineDpoConfig config,
      OnPolicySettings settings,
      RunContext context,
      Learner learner,
      Accumulation accumulation) {
    this.config = config;
    this.settings = settings;
    this.shaping = RewardShaping.of(settings);
    this.context = context;
    this.learner = learner;
    this.accumulation = accumulation;
    this.offPolicy = new OffPolicy(settings, context);
    PairVariant variant = config.onlineDpo().variant();
    this.loss =
        new DpoLoss.Settings(
            variant,
            config.onlineDpo().beta(),
            0,
            FDivergence.REVERSE_KL,
            false,
            variant == PairVariant.IPO);
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 log-probabilities, for the KL to the reference and, with an adapter, of the reference
    AnswerReport report;
    float[][] reference;
    try (Evaluation evaluation =
        Evaluation.of(
            samples, learner, Optional.empty(), update - 1, false, accumulation, settings)) {
      offPolicy.tell(update, evaluation);
      report = new AnswerReport(samples, evaluation, settings.klCoefficient(), false);
      reference = evaluation.referenceLogProbs();
    }
    // 5 rewards
    float[] rewards = shaping.rewards(samples);
    shaping.tell(update, samples, report, context.log());
    int[] groups = Groups.of(samples);
    Groups.tell(samples, groups, report);
    // 6 the best and the worst answer to each prompt
    List<Pair> pairs = pairs(rewards, groups, config.onlineDpo().leastMargin());
    int prompts = (int) Arrays.stream(groups).distinct().count();
    report.put(OnlineDpoMetrics.PAIRS, pairs.size());
    report.put(OnlineDpoMetrics.TIED, prompts - pairs.size());
    report.put(
        OnlineDpoMetrics.SCORE_MARGIN,
        pairs.stream()
            .mapToDouble(pair -> rewards[pair.chosen()] - rewards[pair.rejected()])
            .average()
            .orElse(0));
    timer.lap("make_experience");
    // 7 learn
    learn(update, samples, pairs, reference, report);
    timer.lap("train");
    return report.metrics();
  }

  /**
   * Two answers to the same prompt.
   *
   * @param chosen index of the better one
   * @param rejected index of the worse one
   */
  record Pair(int chosen, int rejected) {}

  /** Pairs the best and the worst answer of each group, the first of equals, if they differ. */
  static List<Pair> pairs(float[] rewards, int[] groups, double leastMargin) {
    List<Pair> pairs = new ArrayList<>();
    for (int group : Arrays.stream(groups).distinct().toArray()) {
      int best = -1;
      int worst = -1;
      for (int b = 0; b < groups.length; b++) {
        if (groups[b] == group) {
          best = best < 0 || rewards[b] > rewards[best] ? b : best;
          worst = worst < 0 || rewards[b] < rewards[worst] ? b : worst;
        }
      }
      double margin = rewards[best] - rewards[worst];
      if (margin > 0 && margin >= leastMargin) {
        pairs.add(new Pair(best, worst));
      }
    }
    return pairs;
  }

  @Override
  public double klCoefficient() {
    return settings.klCoefficient();
  }

  private void learn(
      long update,
      List<Sample> samples,
      List<Pair> pairs,
      float[][] reference,
      AnswerReport report) {
    report.put(OnPolicyMetrics.OPTIMIZER_STEPS, 0);
    for (List<Integer> rows : settings.minibatches(update, pairs.size())) {
      List<Pair> chosen = rows.stream().map(pairs::get).toList();
      Minibatch minibatch = new Minibatch(samples, chosen, reference);
      Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(minibatch)));
      Learner.Step step = learner.step();
      context.warnOfSkipped(step, update);
      report.step(figures, Optional.of(step));
      report.put(OnPolicyMetrics.OPTIMIZER_STEPS, report.steps());
    }
  }

  /** The pairs of a step; a row is a pair, whose answers go forward together. */
  private final class Minibatch implements Work<Metrics> {

    private final List<Sample> samples;
    private final List<Pair> pairs;
    private final float[][] reference;

    Minibatch(List<Sample> samples, List<Pair> pairs, float[][] reference) {
      this.samples = samples;
      this.pairs = pairs;
      this.reference = reference;
    }

    @Override
    public int[] lengths() {
      return pairs.stream()
          .mapToInt(pair -> length(pair.chosen()) + length(pair.rejected()))
          .toArray();
    }

    private int length(int sample) {
      return samples.get(sample).sequence().tokens().length;
    }

    @Override
    public Metrics run(List<Integer> rows, int worker) {
      List<Pair> own = rows.stream().map(pairs::get).toList();
      List<Integer> order =
          Stream.concat(own.stream().map(Pair::chosen), own.stream().map(Pair::rejected)).toList();
      List<Sample> drawn = order.stream().map(samples::get).toList();
      PackedBatch packed = PackedBatch.of(drawn.stream().map(Sample::sequence).toList());
      try (ForwardPass pass = learner.forward(packed, PerToken.temperatures(drawn))) {
        NDArray refLogProbs = pass.scope().create(PerToken.flatten(reference, order));
        PackedRows answers = PackedRows.ofLengths(packed.rowCounts());
        PairLoss result =
            DpoLoss.of(
                answers.sums(pass.logProbs()),
                answers.sums(refLogProbs),
                answers,
                new float[own.size()],
                pairs.size(),
                loss);
        learner.backward(worker, pass, result.loss());
        return result.metrics();
      }
    }
  }
}
