package dev.parley.trainer.policygradient;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.PolicyMetrics;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyUpdate;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a recipe without a critic makes of an update's answers. Losses are divided by the counts of
 * the whole minibatch, so how it is split into micro-batches changes nothing.
 */
public final class PolicyGradient implements PolicyUpdate {

  private static final double LOG_RATIO_BOUND = 20;

  private final OnPolicySettings settings;
  private final OnPolicyConfig.Steps steps;
  private final RewardShaping shaping;
  private final PolicyMethod method;
  private final RunContext context;
  private final Learner learner;
  private final Accumulation accumulation;
  private final OffPolicy offPolicy;

  /**
   * Prepares.
   *
   * @param settings of the run
   * @param steps of the policy
   * @param shaping of scores
   * @param method what tells the recipe from others
   * @param context the run
   * @param learner the policy
   * @param accumulation runs passes
   */
  public PolicyGradient(
      OnPolicySettings settings,
      OnPolicyConfig.Steps steps,
      OnPolicyConfig.Shaping shaping,
      PolicyMethod method,
      RunContext context,
      Learner learner,
      Accumulation accumulation) {
    this.settings = settings;
    this.steps = steps;
    this.shaping = RewardShaping.of(settings, shaping);
    this.method = method;
    this.context = context;
    this.learner = learner;
    this.accumulation = accumulation;
    this.offPolicy = new OffPolicy(settings, context);
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 log-probabilities under the weights as they are
    try (Evaluation evaluation =
        Evaluation.of(
            samples, learner, Optional.empty(), update - 1, true, accumulation, settings)) {
      offPolicy.tell(update, evaluation);
      AnswerReport report =
          new AnswerReport(samples, evaluation, settings.klCoefficient(), method.klInReward());
      // 5 rewards
      int[] groups = Groups.of(samples);
      float[] rewards = shaping.rewards(samples);
      shaping.tell(samples, report);
      Groups.tell(samples, groups, report);
      // 6 advantages
      float[][] logProbs = evaluation.logProbs();
      float[][] reference = evaluation.referenceLogProbs();
      float[][] advantages =
          method.advantages(
              new PolicyMethod.Answers(
                  samples, groups, rewards, logProbs, reference, PerToken.mask(logProbs)));
      Optional<ImportanceCorrection.Weights> importance =
          offPolicy.weights(update, samples, evaluation, method.corrected());
      importance.ifPresent(report::importance);
      timer.lap("make_experience");
      // 7 learn
      Known known =
          new Known(
              logProbs,
              reference,
              advantages,
              importance.map(ImportanceCorrection.Weights::weights));
      learn(update, samples, known, evaluation, report);
      timer.lap("train");
      return report.metrics();
    }
  }

  /** What is known of every token before the first step, {@code [B][T]}. */
  private record Known(
      float[][] logProbs,
      float[][] reference,
      float[][] advantages,
      Optional<float[][]> importance) {

    float[] corrections(List<Integer> chosen) {
      if (importance.isPresent()) {
        return PerToken.flatten(importance.get(), chosen);
      }
      float[] ones = new float[chosen.stream().mapToInt(b -> logProbs[b].length).sum()];
      Arrays.fill(ones, 1);
      return ones;
    }
  }

  private void learn(
      long update, List<Sample> samples, Known known, Evaluation evaluation, AnswerReport report) {
    List<Integer> learnt = shaping.learnt(samples);
    long seed = settings.config().run().seed() * 31 + update * 1_000;
    report.put(PolicyMetrics.OPTIMIZER_STEPS, 0);
    report.put(RatioMetrics.STOPPED_EARLY, 0);
    for (List<Integer> rows :
        EpochOrder.minibatches(learnt.size(), steps.epochs(), steps.minibatches(), seed)) {
      List<Integer> chosen = rows.stream().map(learnt::get).sorted().toList();
      Minibatch minibatch = new Minibatch(samples, chosen, known, evaluation);
      Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(minibatch)));
      Learner.Step step = learner.step();
      context.warnOfSkipped(step, update);
      report.step(figures, Optional.of(step));
      report.put(PolicyMetrics.OPTIMIZER_STEPS, report.steps());
      if (steps.targetKl() > 0 && report.lastApproximateKl() > steps.targetKl()) {
        report.put(RatioMetrics.STOPPED_EARLY, 1);
        return;
      }
    }
  }

  /** The answers that a step learns from. */
  private final class Minibatch implements Work<Metrics> {

    private final List<Sample> samples;
    private final List<Integer> chosen;
    private final Known known;
    private final Evaluation evaluation;
    private final List<LearningSequence> sequences;
    private final GlobalCounts counts;

    Minibatch(List<Sample> samples, List<Integer> chosen, Known known, Evaluation evaluation) {
      this.samples = samples;
      // In the order in which they were evaluated, so that its open passes are found again.
      this.chosen = chosen;
      this.known = known;
      this.evaluation = evaluation;
      this.sequences = chosen.stream().map(b -> samples.get(b).sequence()).toList();
      long tokens = sequences.stream().mapToLong(LearningSequence::count).sum();
      this.counts =
          new GlobalCounts(tokens, chosen.size(), settings.config().sampling().maxNewTokens());
    }

    @Override
    public int[] lengths() {
      return PackedBatch.lengths(sequences);
    }

    @Override
    public void release() {
      evaluation.release();
    }

    @Override
    public Metrics run(List<Integer> rows, int worker) {
      List<Integer> own = rows.stream().map(chosen::get).toList();
      Optional<Evaluation.Open> open = evaluation.take(own);
      if (open.isPresent()) {
        try (Evaluation.Open here = open.get()) {
          return backward(own, here.packed(), here.actor(), worker);
        }
      }
      PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
      List<Sample> answers = own.stream().map(samples::get).toList();
      try (ForwardPass pass = learner.forward(packed, PerToken.temperatures(answers))) {
        return backward(own, packed, pass, worker);
      }
    }

    private Metrics backward(List<Integer> own, PackedBatch packed, ForwardPass pass, int worker) {
      NDManager scope = pass.scope();
      NDArray old = scope.create(PerToken.flatten(known.logProbs(), own));
      LossTerm loss =
          method.loss(
              new PolicyMethod.Packed(
                  pass.logProbs(),
                  old,
                  scope.create(PerToken.flatten(known.reference(), own)),
                  scope.create(PerToken.flatten(known.advantages(), own)),
                  known.corrections(own),
                  PackedRows.ofLengths(packed.rowCounts()),
                  counts));
      NDArray entropy = pass.entropies().sum().div(number(pass.entropies(), counts.tokens()));
      NDArray bonus = entropy.neg();
      Metrics figures = ratios(pass.logProbs().stopGradient().sub(old), entropy.stopGradient());
      LossTerm whole = loss.plus(steps.entropyCoefficient(), new LossTerm(bonus, figures));
      learner.backward(worker, pass, whole.loss());
      return whole.metrics();
    }

    private Metrics ratios(NDArray logRatio, NDArray entropy) {
      NDArray bounded = logRatio.clip(-LOG_RATIO_BOUND, LOG_RATIO_BOUND);
      NDArray ratio = bounded.exp();
      float tokens = counts.tokens();
      return Metrics.read()
          .sum(RatioMetrics.ENTROPY, entropy)
          .sum(RatioMetrics.APPROXIMATE_KL, bounded.square().sum().div(number(ratio, 2 * tokens)))
          .sum(RatioMetrics.RATIO, ratio.sum().div(number(ratio, tokens)))
          .least(RatioMetrics.RATIO_LEAST, ratio.min())
          .greatest(RatioMetrics.RATIO_GREATEST, ratio.max())
          .now();
    }
  }
}
