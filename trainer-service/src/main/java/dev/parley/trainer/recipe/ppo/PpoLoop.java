package dev.parley.trainer.recipe.ppo;

import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.VersionStore;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Every;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.KlController;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The updates of one PPO run; the numbers are those of {@code docs/recipes/ppo.md}. */
final class PpoLoop {

  /** Published weights that stay on disk, so that a policy still loading one finds it. */
  private static final int KEPT_VERSIONS = 3;

  private final PpoConfig config;
  private final RunContext context;
  private final ActorCritic models;
  private final Accumulation accumulation;
  private final RolloutExchange exchange;
  private final PromptSchedule schedule;
  private final List<LearningSequence> demonstrations;
  private final CheckpointStore checkpoints;
  private final VersionStore versions;
  private final Map<Long, String> published = new TreeMap<>();
  private KlController controller;
  private RolloutExchange.Place place;
  private long episodes;
  private long saved;
  private boolean toldOfOldLogProbs;

  PpoLoop(
      PpoConfig config,
      RunContext context,
      ActorCritic models,
      Accumulation accumulation,
      RolloutExchange exchange,
      PromptSchedule schedule,
      List<LearningSequence> demonstrations,
      CheckpointStore checkpoints) {
    this.config = config;
    this.context = context;
    this.models = models;
    this.accumulation = accumulation;
    this.exchange = exchange;
    this.schedule = schedule;
    this.demonstrations = demonstrations;
    this.checkpoints = checkpoints;
    this.versions =
        new VersionStore(
            context.directory().versions(),
            models.origin(),
            SharedSettings.storedType(config.checkpoint()),
            KEPT_VERSIONS + config.ppo().maxStaleness());
  }

  /**
   * Makes the updates that are left.
   *
   * @param state where the run stands
   * @param resumed whether an earlier process brought it there
   * @return false if the run was asked to stop before its end
   */
  boolean run(PpoState state, boolean resumed) {
    published.putAll(state.published());
    controller = controller(state.klCoefficient());
    place = state.place();
    episodes = state.episodes();
    announce(state.update());
    saved = resumed ? state.update() : -1;
    save(state.update());
    long updates = config.ppo().updates();
    Every due = new Every(config.checkpoint().every(), updates);
    for (long update = state.update() + 1; update <= updates; update++) {
      if (!update(update)) {
        save(update - 1);
        return false;
      }
      boolean stop = context.stopRequested().getAsBoolean();
      if (stop || due.due(update)) {
        save(update);
      }
      if (stop && update < updates) {
        return false;
      }
    }
    return true;
  }

  /** Makes one update; returns false if the run was asked to stop while it waited. */
  private boolean update(long update) {
    final UpdateTimer timer = new UpdateTimer();
    // 1 ask for answers, as far ahead as staleness allows
    long ahead = Math.min(update + config.ppo().maxStaleness(), config.ppo().updates());
    for (long asked = update; asked <= ahead; asked++) {
      exchange.ask(schedule.prompts(asked));
    }
    // 2 wait for them
    List<Rollout> rollouts = await(update);
    if (rollouts.isEmpty()) {
      return false;
    }
    timer.lap("generation");
    // 3 keep what can be learnt from
    boolean needsReference =
        config.kl().coefficient() > 0
            && config.kl().reference() == PpoConfig.KlPenalty.Reference.SERVICE;
    int vocabulary = models.actor().model().shape().vocabulary();
    RolloutReader.Result read =
        new RolloutReader(vocabulary, needsReference, published).read(rollouts);
    requireQuorum(update, read);
    // 4 to 6 log-probabilities and values, rewards, advantages
    double beta = controller.coefficient();
    boolean warmUp = update <= config.value().warmUpUpdates();
    PpoReport report;
    try (Evaluation evaluation = evaluate(update, read.samples(), !warmUp)) {
      Experience experience = Experience.of(read.samples(), evaluation, beta, config);
      timer.lap("make_experience");
      report = new PpoReport(experience, config, beta);
      float[][] importance = importance(update, experience, report);
      // 7 learn
      learn(update, experience, evaluation, importance, beta, warmUp, report);
      if (warmUp && update == config.value().warmUpUpdates() && models.shared()) {
        // Moments of the frozen trunk are zeros that count as steps: begin anew.
        models.actor().reset();
      }
    }
    context.warnOfSplits(accumulation, update);
    timer.lap("ppo_train");
    // 8 the KL coefficient, new weights, numbers
    controller = controller.updated(report.klPerAnswer(), read.samples().size());
    episodes += read.samples().size();
    place = new RolloutExchange.Place(exchange.rolloutOffsets(), place.prompts());
    publish(update);
    timer.lap("broadcast");
    tell(update, read, report, timer);
    return true;
  }

  private List<Rollout> await(long update) {
    List<String> ids = schedule.prompts(update).stream().map(Prompt::getPromptId).toList();
    return exchange.await(
        update,
        ids,
        Duration.ofSeconds(config.ppo().rolloutTimeout()),
        context.stopRequested(),
        here -> context.log().progress("waiting for rollouts", here, ids.size(), "prompts", 0));
  }

  private void requireQuorum(long update, RolloutReader.Result read) {
    int keptOut = read.keptOutCount();
    int all = read.samples().size() + keptOut;
    if (keptOut > 0) {
      context
          .log()
          .warning(
              "samples_kept_out",
              "update "
                  + update
                  + ": "
                  + keptOut
                  + " of "
                  + all
                  + " answers cannot be learnt from "
                  + read.keptOut()
                  + "; the first: "
                  + read.example().orElse(""));
    }
    if (read.samples().size() < Math.max(1, config.reward().quorum() * all)) {
      throw new IllegalStateException(
          "update "
              + update
              + ": only "
              + read.samples().size()
              + " of "
              + all
              + " answers can be learnt from, reward.quorum asks for "
              + config.reward().quorum()
              + "; the first that cannot: "
              + read.example().orElse("none came at all"));
    }
  }

  private Evaluation evaluate(long update, List<Sample> samples, boolean learning) {
    Evaluation evaluation =
        Evaluation.of(
            samples, models.actor(), models.critic(), update - 1, learning, accumulation, config);
    if (evaluation.remark().isPresent() && !toldOfOldLogProbs) {
      toldOfOldLogProbs = true;
      context
          .log()
          .warning(
              "old_log_probs",
              "update "
                  + update
                  + ", ppo.old-log-probs="
                  + config.ppo().oldLogProbs().name().toLowerCase(Locale.ROOT)
                  + ": "
                  + evaluation.remark().get()
                  + ". This is told once; "
                  + PpoMetrics.OLD_LOG_PROBS_REUSED
                  + " says whether an update took them from its rollouts");
    }
    return evaluation;
  }

  /** Weights that correct for older or other distributions; null where there is nothing to do. */
  private float[][] importance(long update, Experience experience, PpoReport report) {
    boolean offPolicy = experience.samples().stream().anyMatch(s -> s.oldestVersion() < update - 1);
    if (!offPolicy || config.ppo().importanceCap() == 0) {
      return null;
    }
    ImportanceCorrection.Weights weights =
        ImportanceCorrection.truncated(
                ImportanceCorrection.Level.TOKEN, config.ppo().importanceCap())
            .weights(experience.logProbs(), experience.samplingLogProbs(), experience.mask());
    report.importance(weights);
    return weights.weights();
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
    int rows = experience.samples().size();
    int minibatches = Math.min(config.ppo().minibatches(), rows);
    for (int epoch = 0; epoch < config.ppo().epochs(); epoch++) {
      EpochOrder order = new EpochOrder(rows, config.run().seed() * 31 + update * 1_000 + epoch);
      for (int m = 0; m < minibatches; m++) {
        int from = rows * m / minibatches;
        int to = rows * (m + 1) / minibatches;
        List<Integer> minibatch = order.rows(from, to - from);
        List<LearningSequence> ptx = ptx(update, epoch * minibatches + m);
        PpoStep.Outcome outcome =
            step.take(experience, minibatch, evaluation, importance, beta, ptx, warmUp);
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

  private void publish(long update) {
    VersionStore.Version version = versions.write(update, models.actor().master());
    published.put(update, version.checksum());
    exchange.announce(update, version.checksum(), version.directory(), update);
  }

  /** Announces the weights that the run begins with, or goes on with after a restart. */
  private void announce(long update) {
    if (update == 0) {
      exchange.announce(0, published.get(0L), config.model().path(), 0);
      return;
    }
    Path there =
        versions
            .find(update, published.get(update))
            .orElseGet(() -> versions.write(update, models.actor().master()))
            .directory();
    published.put(update, versions.digest(there));
    exchange.announce(update, published.get(update), there, update);
  }

  private void tell(long update, RolloutReader.Result read, PpoReport report, UpdateTimer timer) {
    Map<String, Double> metrics = new LinkedHashMap<>(report.metrics());
    metrics.put(PpoMetrics.EPISODE, (double) episodes);
    metrics.put(PpoMetrics.KEPT_OUT, (double) read.keptOutCount());
    metrics.put(PpoMetrics.DUPLICATES, (double) exchange.duplicates());
    metrics.put(PpoMetrics.STALENESS, report.staleness(update - 1));
    metrics.put(StepMetrics.SKIPPED_STEPS, (double) models.skippedSteps());
    metrics.put(StepMetrics.MEMORY_SPLITS, (double) accumulation.splits());
    metrics.putAll(timer.metrics());
    context.log().metrics(update, metrics);
    long tokens =
        read.samples().stream().mapToLong(s -> s.tokens().length + s.prompt().length).sum();
    context
        .log()
        .progress("training", update, config.ppo().updates(), "updates", tokens / timer.total());
  }

  /** Writes a checkpoint, unless the newest one is of this update already. */
  private void save(long update) {
    if (update == saved) {
      return;
    }
    AdamW.State valueOptimizer =
        models.separateCritic().map(Learner::state).orElse(AdamW.State.INITIAL);
    PpoState state =
        new PpoState(
            update,
            models.actor().state(),
            valueOptimizer,
            controller.coefficient(),
            place,
            published,
            episodes);
    Path directory =
        checkpoints.save(
            update,
            writer -> {
              models.addTo(writer);
              writer.state(state);
            });
    saved = update;
    context.log().checkpoint(directory, update, update, published.get(update));
  }

  private KlController controller(double coefficient) {
    return switch (config.kl().controller()) {
      case FIXED -> new KlController.Fixed(coefficient);
      case ADAPTIVE ->
          new KlController.Adaptive(coefficient, config.kl().target(), config.kl().horizon());
    };
  }
}
