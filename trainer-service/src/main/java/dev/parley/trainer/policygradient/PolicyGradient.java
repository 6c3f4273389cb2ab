package dev.parley.trainer.policygradient;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.onpolicy.PolicyUpdate;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.KlController;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What recipes that follow a policy gradient make of an update's answers. The numbers of the steps
 * are those of their pages, such as {@code docs/recipes/ppo.md}.
 */
public final class PolicyGradient implements PolicyUpdate {

  private final PolicyGradientSettings settings;
  private final RewardShaping shaping;
  private final PolicyMethod method;
  private final RunContext context;
  private final Agent agent;
  private final Accumulation accumulation;
  private final OffPolicy offPolicy;
  private KlController controller;

  /**
   * Prepares to learn.
   *
   * @param settings of the run
   * @param method what tells the recipe from others
   * @param context the run
   * @param agent learns
   * @param accumulation runs passes
   * @param klCoefficient β at the beginning, or of the checkpoint to go on from
   */
  public PolicyGradient(
      PolicyGradientSettings settings,
      PolicyMethod method,
      RunContext context,
      Agent agent,
      Accumulation accumulation,
      double klCoefficient) {
    this.settings = settings;
    this.shaping = RewardShaping.of(settings.run());
    this.method = method;
    this.context = context;
    this.agent = agent;
    this.accumulation = accumulation;
    this.offPolicy = new OffPolicy(settings.run(), context);
    this.controller = settings.controller(klCoefficient);
  }

  /**
   * Returns a run of a policy that learns so, without a value function.
   *
   * @param settings of the run
   * @param dynamic whether some groups are replaced
   * @param method what tells the recipe from others
   */
  public static PolicyRun run(
      PolicyGradientSettings settings, DynamicSampling dynamic, PolicyMethod method) {
    return new PolicyRun(
        settings.run(),
        dynamic,
        (context, policy, accumulation, klCoefficient) ->
            new PolicyGradient(
                settings, method, context, new PolicyAlone(policy), accumulation, klCoefficient));
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    double beta = controller.coefficient();
    AnswerReport report;
    // 4 log-probabilities and values under the weights as they are
    try (Evaluation evaluation =
        Evaluation.of(
            samples,
            agent.policy(),
            agent.values(),
            update - 1,
            agent.policyLearns(update),
            accumulation,
            settings.run())) {
      offPolicy.tell(update, evaluation);
      report = new AnswerReport(samples, evaluation, beta, method.klInReward());
      // 5 rewards
      PolicyMethod.Answers answers = PolicyMethod.Answers.of(samples, evaluation, shaping, beta);
      shaping.tell(update, samples, report, context.log());
      Groups.tell(samples, answers.groups(), report);
      // 6 advantages
      PolicyMethod.Estimate estimate = method.estimate(answers);
      Optional<ImportanceCorrection.Weights> importance =
          offPolicy.weights(update, samples, evaluation, method.corrected());
      importance.ifPresent(report::importance);
      timer.lap("make_experience");
      // 7 learn
      Known known = Known.of(answers, estimate, importance);
      Agent.Steps steps = agent.begin(update, answers, estimate, report);
      learn(update, evaluation, known, steps, report);
      steps.end();
    }
    timer.lap("train");
    controller = controller.updated(report.klPerAnswer(), samples.size());
    return report.metrics();
  }

  @Override
  public double klCoefficient() {
    return controller.coefficient();
  }

  /** What the loss needs of every token, {@code [B][T]}; corrections are importance weights. */
  private record Known(PolicyMethod.Answers answers, float[][] advantages, float[][] corrections) {

    static Known of(
        PolicyMethod.Answers answers,
        PolicyMethod.Estimate estimate,
        Optional<ImportanceCorrection.Weights> importance) {
      return new Known(
          answers,
          estimate.advantages(),
          importance
              .map(ImportanceCorrection.Weights::weights)
              .orElseGet(() -> ones(answers.logProbs())));
    }

    private static float[][] ones(float[][] like) {
      float[][] ones = new float[like.length][];
      for (int b = 0; b < ones.length; b++) {
        ones[b] = new float[like[b].length];
        Arrays.fill(ones[b], 1);
      }
      return ones;
    }
  }

  private void learn(
      long update, Evaluation evaluation, Known known, Agent.Steps steps, AnswerReport report) {
    List<Integer> learnt = shaping.learnt(known.answers().samples());
    long stepsBefore = settings.run().stepsBefore(update);
    report.put(OnPolicyMetrics.OPTIMIZER_STEPS, 0);
    report.put(RatioMetrics.STOPPED_EARLY, 0);
    for (List<Integer> rows : settings.run().minibatches(update, learnt.size())) {
      List<Work<Metrics>> works = new ArrayList<>();
      works.add(
          new Minibatch(
              evaluation,
              rows.stream().map(learnt::get).toList(),
              (part, worker) -> backward(part, known, steps, worker)));
      if (agent.policyLearns(update)) {
        works.addAll(method.beside(agent.policy(), stepsBefore + report.steps()));
      }
      Metrics figures = Metrics.sum(accumulation.learn(steps.learning(), works));
      for (Learner.Step step : steps.step(figures, report)) {
        context.warnOfSkipped(step, update);
      }
      report.put(OnPolicyMetrics.OPTIMIZER_STEPS, report.steps());
      double bound = settings.steps().targetKl();
      if (bound > 0 && report.lastApproximateKl() > bound) {
        report.put(RatioMetrics.STOPPED_EARLY, 1);
        return;
      }
    }
  }

  private Metrics backward(Minibatch.Part part, Known known, Agent.Steps steps, int worker) {
    float[] weights = method.aggregation().weights(part.rows(), part.counts());
    return steps.backward(part, worker, weights, pass -> loss(pass, part, known, weights));
  }

  /** The method's loss less the entropy bonus. */
  private LossTerm loss(ForwardPass pass, Minibatch.Part part, Known known, float[] weights) {
    NDArray logProbs = pass.logProbs();
    NDArray oldLogProbs = part.array(pass, known.answers().logProbs());
    LossTerm loss =
        method.loss(
            new PolicyMethod.Packed(
                logProbs,
                oldLogProbs,
                part.array(pass, known.answers().referenceLogProbs()),
                part.array(pass, known.advantages()),
                PerToken.flatten(known.corrections(), part.answers()),
                part.rows(),
                part.counts(),
                known.answers().beta()));
    long tokens = part.counts().tokens();
    LossTerm entropy = EntropyLoss.of(pass.entropies(), pass.scope().create(weights), tokens);
    Metrics ratio = Ratio.of(logProbs.stopGradient(), oldLogProbs).metrics(tokens);
    LossTerm whole = loss.plus(settings.steps().entropyCoefficient(), entropy);
    return new LossTerm(whole.loss(), whole.metrics().plus(ratio));
  }
}
