package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.critic.ActorCritic;
import dev.parley.trainer.critic.ActorCriticState;
import dev.parley.trainer.critic.CriticMetrics;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.Learners;
import dev.parley.trainer.onpolicy.Lesson;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.sft.PretrainingMix;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.KlController;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What PPO makes of an update's answers; the numbers are those of {@code docs/recipes/ppo.md}. */
final class PpoLesson implements Lesson {

  private final PpoConfig config;
  private final OnPolicySettings settings;
  private final RewardShaping shaping;
  private final RunContext context;
  private final ActorCritic models;
  private final Accumulation accumulation;
  private final Optional<PretrainingMix> mix;
  private final OffPolicy offPolicy;
  private KlController controller;

  PpoLesson(
      PpoConfig config,
      RunContext context,
      ActorCritic models,
      Accumulation accumulation,
      Optional<PretrainingMix> mix,
      double klCoefficient) {
    this.config = config;
    this.settings = PpoRecipe.settings(config);
    this.shaping = RewardShaping.of(settings);
    this.context = context;
    this.models = models;
    this.accumulation = accumulation;
    this.mix = mix;
    this.offPolicy = new OffPolicy(settings, context);
    this.controller =
        switch (config.kl().controller()) {
          case FIXED -> new KlController.Fixed(klCoefficient);
          case ADAPTIVE ->
              new KlController.Adaptive(klCoefficient, config.kl().target(), config.kl().horizon());
        };
  }

  @Override
  public Learners learners() {
    return models;
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 to 6 log-probabilities and values, rewards, advantages
    double beta = controller.coefficient();
    boolean warmUp = update <= config.value().warmUpUpdates();
    AnswerReport report;
    try (Evaluation evaluation =
        Evaluation.of(
            samples,
            models.policy(),
            Optional.of(models.critic()),
            update - 1,
            !warmUp,
            accumulation,
            settings)) {
      offPolicy.tell(update, evaluation);
      Experience experience = Experience.of(samples, evaluation, beta, config);
      timer.lap("make_experience");
      boolean klInReward = config.kl().place() == PpoConfig.KlPenalty.Place.REWARD;
      report = new AnswerReport(samples, evaluation, beta, klInReward);
      shaping.tell(samples, report);
      experience.tell(report);
      Optional<ImportanceCorrection.Weights> importance =
          offPolicy.weights(update, samples, evaluation, ImportanceCorrection.Level.TOKEN);
      importance.ifPresent(report::importance);
      // 7 learn
      Optional<float[][]> weights = importance.map(ImportanceCorrection.Weights::weights);
      PpoStep step = new PpoStep(config, models, experience, weights, beta, warmUp);
      learn(update, step, evaluation, report);
    }
    if (update == config.value().warmUpUpdates()) {
      models.warmedUp();
    }
    timer.lap("ppo_train");
    controller = controller.updated(report.klPerAnswer(), samples.size());
    return report.metrics();
  }

  private void learn(long update, PpoStep step, Evaluation evaluation, AnswerReport report) {
    PpoConfig.Ppo ppo = config.ppo();
    List<Integer> learnt = shaping.learnt(step.experience().samples());
    long seed = config.run().seed() * 31 + update * 1_000;
    long stepsBefore = (update - 1) * ppo.epochs() * ppo.minibatches();
    report.put(PpoMetrics.OPTIMIZER_STEPS, 0);
    report.put(RatioMetrics.STOPPED_EARLY, 0);
    for (List<Integer> rows :
        EpochOrder.minibatches(learnt.size(), ppo.epochs(), ppo.minibatches(), seed)) {
      List<Work<Metrics>> works = new ArrayList<>();
      works.add(new Minibatch(evaluation, rows.stream().map(learnt::get).toList(), step));
      if (mix.isPresent() && !step.warmUp()) {
        long number = stepsBefore + report.steps();
        works.add(mix.get().work(models.policy(), number, PpoMetrics.PTX_LOSS));
      }
      Metrics figures = Metrics.sum(accumulation.learn(models.learning(step.warmUp()), works));
      ActorCritic.Steps steps = models.step(step.warmUp());
      context.warnOfSkipped(steps.value(), update);
      if (!models.shared()) {
        steps.policy().ifPresent(policy -> context.warnOfSkipped(policy, update));
      }
      report.step(figures, steps.policy());
      report.add(CriticMetrics.GRADIENT_NORM, steps.value().gradientNorm());
      report.put(CriticMetrics.LEARNING_RATE, steps.value().learningRate());
      report.put(PpoMetrics.OPTIMIZER_STEPS, report.steps());
      if (ppo.targetKl() > 0 && report.lastApproximateKl() > ppo.targetKl()) {
        report.put(RatioMetrics.STOPPED_EARLY, 1);
        return;
      }
    }
  }

  @Override
  public ActorCriticState state(Standing standing) {
    return models.state(standing, controller.coefficient());
  }
}
