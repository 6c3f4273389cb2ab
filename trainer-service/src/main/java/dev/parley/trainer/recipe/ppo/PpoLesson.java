package dev.parley.trainer.recipe.ppo;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.OffPolicy;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.Lesson;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.KlController;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What PPO makes of an update's answers; the numbers are those of {@code docs/recipes/ppo.md}. */
final class PpoLesson implements Lesson {

  private final PpoConfig config;
  private final OnPolicySettings settings;
  private final RunContext context;
  private final ActorCritic models;
  private final Accumulation accumulation;
  private final List<LearningSequence> demonstrations;
  private final OffPolicy offPolicy;
  private KlController controller;

  PpoLesson(
      PpoConfig config,
      RunContext context,
      ActorCritic models,
      Accumulation accumulation,
      List<LearningSequence> demonstrations,
      double klCoefficient) {
    this.config = config;
    this.settings = PpoRecipe.settings(config);
    this.context = context;
    this.models = models;
    this.accumulation = accumulation;
    this.demonstrations = demonstrations;
    this.offPolicy = new OffPolicy(settings, context);
    this.controller = controller(klCoefficient);
  }

  @Override
  public Learner policy() {
    return models.actor();
  }

  @Override
  public ModelDirectory origin() {
    return models.origin();
  }

  @Override
  public long skippedSteps() {
    return models.skippedSteps();
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 to 6 log-probabilities and values, rewards, advantages
    double beta = controller.coefficient();
    boolean warmUp = update <= config.value().warmUpUpdates();
    PpoReport report;
    try (Evaluation evaluation =
        Evaluation.of(
            samples,
            models.actor(),
            Optional.of(models.critic()),
            update - 1,
            !warmUp,
            accumulation,
            settings)) {
      offPolicy.tell(update, evaluation);
      Experience experience = Experience.of(samples, evaluation, beta, config);
      timer.lap("make_experience");
      report = new PpoReport(experience, config, beta);
      Optional<ImportanceCorrection.Weights> importance =
          offPolicy.weights(update, samples, evaluation, ImportanceCorrection.Level.TOKEN);
      importance.ifPresent(report::importance);
      // 7 learn
      float[][] weights = importance.map(ImportanceCorrection.Weights::weights).orElse(null);
      learn(update, experience, evaluation, weights, beta, warmUp, report);
      if (warmUp && update == config.value().warmUpUpdates() && models.shared()) {
        // Moments of the frozen trunk are zeros that count as steps: begin anew.
        models.actor().reset();
      }
    }
    timer.lap("ppo_train");
    controller = controller.updated(report.klPerAnswer(), samples.size());
    return report.metrics();
  }

  private void learn(
      long update,
      Experience experience,
      Evaluation evaluation,
      float[][] importance,
      double beta,
      boolean warmUp,
      PpoReport report) {
    PpoStep step = new PpoStep(models, accumulation, config);
    List<Integer> learnt = PpoRecipe.shaping(config).learnt(experience.samples());
    List<List<Integer>> minibatches =
        EpochOrder.minibatches(
            learnt.size(),
            config.ppo().epochs(),
            config.ppo().minibatches(),
            config.run().seed() * 31 + update * 1_000);
    for (int i = 0; i < minibatches.size(); i++) {
      List<Integer> minibatch = minibatches.get(i).stream().map(learnt::get).toList();
      PpoStep.Outcome outcome =
          step.take(experience, minibatch, evaluation, importance, beta, ptx(update, i), warmUp);
      report.step(outcome);
      context.warnOfSkipped(outcome.value(), update);
      outcome
          .policy()
          .filter(policy -> !models.shared())
          .ifPresent(policy -> context.warnOfSkipped(policy, update));
      double bound = config.ppo().targetKl();
      if (bound > 0 && report.lastApproximateKl() > bound) {
        report.stoppedEarly();
        return;
      }
    }
  }

  private List<LearningSequence> ptx(long update, int step) {
    if (config.ptx().coefficient() == 0) {
      return List.of();
    }
    int size = config.ptx().batchSize();
    long stepsPerUpdate = (long) config.ppo().epochs() * config.ppo().minibatches();
    long first = ((update - 1) * stepsPerUpdate + step) * size;
    EpochOrder order = new EpochOrder(demonstrations.size(), config.run().seed());
    return order.rows(first, size).stream().map(demonstrations::get).toList();
  }

  @Override
  public void save(CheckpointStore.Writer writer, Standing standing) throws IOException {
    models.addTo(writer);
    writer.state(
        new PpoState(
            standing.update(),
            models.actor().state(),
            models.separateCritic().map(Learner::state).orElse(AdamW.State.INITIAL),
            controller.coefficient(),
            standing.place(),
            standing.published(),
            standing.episodes()));
  }

  private KlController controller(double coefficient) {
    return switch (config.kl().controller()) {
      case FIXED -> new KlController.Fixed(coefficient);
      case ADAPTIVE ->
          new KlController.Adaptive(coefficient, config.kl().target(), config.kl().horizon());
    };
  }
}
