package dev.parley.trainer.policygradient;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.PolicyMetrics;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.onpolicy.PolicyUpdate;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a recipe without a critic makes of an update's answers. */
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

  private PolicyGradient(
      OnPolicySettings settings,
      OnPolicyConfig.Steps steps,
      PolicyMethod method,
      RunContext context,
      Learner learner,
      Accumulation accumulation) {
    this.settings = settings;
    this.steps = steps;
    this.shaping = RewardShaping.of(settings);
    this.method = method;
    this.context = context;
    this.learner = learner;
    this.accumulation = accumulation;
    this.offPolicy = new OffPolicy(settings, context);
  }

  /**
   * Returns a run that learns so.
   *
   * @param settings of the run
   * @param steps of the policy
   * @param dynamic whether some groups are replaced
   * @param method what tells the recipe from others
   */
  public static PolicyRun run(
      OnPolicySettings settings,
      OnPolicyConfig.Steps steps,
      DynamicSampling dynamic,
      PolicyMethod method) {
    return new PolicyRun(
        settings,
        dynamic,
        (context, learner, accumulation) ->
            new PolicyGradient(settings, steps, method, context, learner, accumulation));
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
      List<Integer> chosen = rows.stream().map(learnt::get).toList();
      Minibatch minibatch =
          new Minibatch(evaluation, chosen, (part, worker) -> backward(part, known, worker));
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

  private Metrics backward(Minibatch.Part part, Known known, int worker) {
    try (ForwardPass pass = part.policy().get()) {
      NDArray old = part.array(pass, known.logProbs());
      LossTerm loss =
          method.loss(
              new PolicyMethod.Packed(
                  pass.logProbs(),
                  old,
                  part.array(pass, known.reference()),
                  part.array(pass, known.advantages()),
                  known.corrections(part.answers()),
                  part.rows(),
                  part.counts()));
      long tokens = part.counts().tokens();
      NDArray entropy = pass.entropies().sum().div(number(pass.entropies(), tokens));
      NDArray bonus = entropy.neg();
      NDArray logRatio = pass.logProbs().stopGradient().sub(old);
      Metrics figures = ratios(logRatio, entropy.stopGradient(), tokens);
      LossTerm whole = loss.plus(steps.entropyCoefficient(), new LossTerm(bonus, figures));
      learner.backward(worker, pass, whole.loss());
      return whole.metrics();
    }
  }

  private static Metrics ratios(NDArray logRatio, NDArray entropy, float tokens) {
    NDArray bounded = logRatio.clip(-LOG_RATIO_BOUND, LOG_RATIO_BOUND);
    NDArray ratio = bounded.exp();
    return Metrics.read()
        .sum(RatioMetrics.ENTROPY, entropy)
        .sum(RatioMetrics.APPROXIMATE_KL, bounded.square().sum().div(number(ratio, 2 * tokens)))
        .sum(RatioMetrics.RATIO, ratio.sum().div(number(ratio, tokens)))
        .least(RatioMetrics.RATIO_LEAST, ratio.min())
        .greatest(RatioMetrics.RATIO_GREATEST, ratio.max())
        .now();
  }
}
