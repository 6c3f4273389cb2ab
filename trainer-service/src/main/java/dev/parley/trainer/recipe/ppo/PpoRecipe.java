package dev.parley.trainer.recipe.ppo;

import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.checkpoint.VersionStore;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.StartingModel;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.KlController;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Proximal policy optimisation against a reward under a KL penalty (Schulman et al. 2017; Ziegler
 * et al. 2019; Ouyang et al. 2022). See {@code docs/recipes/ppo.md}.
 *
 * <p>Policies answer prompts elsewhere; this loop asks, waits, learns, and publishes new weights. A
 * run that is killed goes on from its newest checkpoint as if nothing had happened: every number
 * that it draws is a function of the seed and the update, and rollouts are read again from the log.
 */
public final class PpoRecipe implements Recipe<PpoConfig> {

  /** Published weights that stay on disk, so that a policy still loading one finds it. */
  private static final int KEPT_VERSIONS = 3;

  @Override
  public Class<PpoConfig> configuration() {
    return PpoConfig.class;
  }

  @Override
  public Plan plan(PpoConfig config) {
    check(config);
    LearningData<EncodedPrompt> prompts = prompts(config);
    try (LanguageModel model = StartingModel.open(config)) {
      int answers = config.prompts().perUpdate() * config.prompts().samples();
      return Plan.empty()
          .with(
              "policy", config.model().path() + ", " + model.weights().parameters() + " parameters")
          .with("value function", config.value().trunk().name().toLowerCase())
          .with("prompts", prompts.train().size())
          .with("left out", prompts.tooLong() + " too long, " + prompts.skipped() + " bad")
          .with(
              "answers per update",
              answers + " of at most " + config.sampling().maxNewTokens() + " tokens")
          .with("updates", config.ppo().updates())
          .with("optimizer steps", steps(config));
    }
  }

  private static long steps(PpoConfig config) {
    return (long) config.ppo().updates() * config.ppo().epochs() * config.ppo().minibatches();
  }

  @Override
  public boolean run(PpoConfig config, RunContext context) {
    check(config);
    context.log().progress("reading prompts", 0, 0, "prompts", 0);
    LearningData<EncodedPrompt> data = prompts(config);
    PromptSchedule schedule = new PromptSchedule(config, context.id(), data.train());
    List<LearningSequence> demonstrations = demonstrations(config);
    CheckpointStore checkpoints =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed = config.run().resume() ? checkpoints.latest() : Optional.empty();
    PpoState state =
        resumed.map(c -> c.state(PpoState.class)).orElseGet(() -> initialState(config));
    context.log().started("ppo", context.configuration(), config.ppo().updates(), state.update());
    try (ActorCritic models =
            resumed
                .map(c -> ActorCritic.resume(c, state, config, steps(config)))
                .orElseGet(() -> ActorCritic.start(config, steps(config)));
        RolloutExchange exchange =
            new RolloutExchange(
                kafka(config),
                context.id(),
                state.place(),
                state.update(),
                Clock.systemUTC(),
                context.log()::warning)) {
      Loop loop =
          new Loop(config, context, models, exchange, schedule, demonstrations, checkpoints);
      boolean complete = loop.run(state, resumed.isPresent());
      if (complete) {
        ModelFiles.replace(
            models.actor().model(),
            config.model().path(),
            context.directory().model(),
            StartingModel.storedType(config.checkpoint()));
      }
      return complete;
    }
  }

  /** The updates of one run. */
  private static final class Loop {

    private final PpoConfig config;
    private final RunContext context;
    private final ActorCritic models;
    private final RolloutExchange exchange;
    private final PromptSchedule schedule;
    private final List<LearningSequence> demonstrations;
    private final CheckpointStore checkpoints;
    private final VersionStore versions;
    private final Map<Long, String> published = new TreeMap<>();
    private KlController controller;
    private RolloutExchange.Place place;
    private long episodes;

    Loop(
        PpoConfig config,
        RunContext context,
        ActorCritic models,
        RolloutExchange exchange,
        PromptSchedule schedule,
        List<LearningSequence> demonstrations,
        CheckpointStore checkpoints) {
      this.config = config;
      this.context = context;
      this.models = models;
      this.exchange = exchange;
      this.schedule = schedule;
      this.demonstrations = demonstrations;
      this.checkpoints = checkpoints;
      this.versions =
          new VersionStore(
              context.directory().versions(),
              StartingModel.storedType(config.checkpoint()),
              KEPT_VERSIONS + config.ppo().maxStaleness());
    }

    boolean run(PpoState state, boolean resumed) {
      published.putAll(state.published());
      controller = controller(state.klCoefficient());
      place = state.place();
      episodes = state.episodes();
      if (resumed) {
        publish(state.update());
      } else {
        exchange.announce(0, published.get(0L), config.model().path(), 0);
        save(0);
      }
      long updates = config.ppo().updates();
      for (long update = state.update() + 1; update <= updates; update++) {
        if (!update(update)) {
          save(update - 1);
          return false;
        }
        boolean stop = context.stopRequested().getAsBoolean();
        boolean due = config.checkpoint().every() > 0 && update % config.checkpoint().every() == 0;
        if (due || stop || update == updates) {
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
      List<String> ids = schedule.prompts(update).stream().map(Prompt::getPromptId).toList();
      List<Rollout> rollouts =
          exchange.await(
              update,
              ids,
              Duration.ofSeconds(config.ppo().rolloutTimeout()),
              context.stopRequested(),
              here ->
                  context.log().progress("waiting for rollouts", here, ids.size(), "prompts", 0));
      if (rollouts.isEmpty()) {
        return false;
      }
      timer.lap("generation");
      // 3 keep what can be learnt from
      RolloutReader.Result read =
          new RolloutReader(
                  models.actor().model().shape().vocabulary(), needsReference(config), published)
              .read(rollouts);
      List<Sample> samples = read.samples();
      requireQuorum(update, read);
      // 4 - 6 log-probabilities, values, rewards, advantages
      double beta = controller.coefficient();
      Experience experience =
          Experience.of(samples, models.actor().model(), models.critic().model(), beta, config);
      timer.lap("make_experience");
      PpoReport report = new PpoReport(experience, config, beta);
      float[][] importance = importance(update, experience, report);
      // 7 learn
      boolean warmUp = update <= config.value().warmUpUpdates();
      learn(update, experience, importance, beta, warmUp, report);
      if (warmUp && update == config.value().warmUpUpdates() && models.shared()) {
        // Moments of the frozen trunk are zeros that count as steps: begin anew.
        models.actor().reset();
      }
      timer.lap("ppo_train");
      // 8 the KL coefficient, new weights, numbers
      controller = controller.updated(report.klPerAnswer(), samples.size());
      episodes += samples.size();
      place = new RolloutExchange.Place(exchange.rolloutOffsets(), place.prompts());
      publish(update);
      timer.lap("broadcast");
      Map<String, Double> metrics = new LinkedHashMap<>(report.metrics());
      metrics.put("episode", (double) episodes);
      metrics.put(
          "rollout/kept_out", (double) read.keptOut().values().stream().mapToInt(i -> i).sum());
      metrics.put("rollout/duplicates", (double) exchange.duplicates());
      metrics.put("rollout/staleness", report.staleness(update - 1));
      metrics.putAll(timer.metrics());
      context.log().metrics(update, metrics);
      long tokens = samples.stream().mapToLong(s -> s.tokens().length + s.prompt().length).sum();
      context
          .log()
          .progress("training", update, config.ppo().updates(), "updates", tokens / timer.total());
      return true;
    }

    private void requireQuorum(long update, RolloutReader.Result read) {
      int keptOut = read.keptOut().values().stream().mapToInt(Integer::intValue).sum();
      if (keptOut > 0) {
        context
            .log()
            .warning(
                "samples_kept_out",
                "update "
                    + update
                    + ": "
                    + keptOut
                    + " answers cannot be learnt from "
                    + read.keptOut()
                    + "; the first: "
                    + read.example().orElse(""));
      }
      double share = (double) read.samples().size() / (read.samples().size() + keptOut);
      if (read.samples().isEmpty() || share < config.reward().quorum()) {
        throw new IllegalStateException(
            "update "
                + update
                + ": only "
                + read.samples().size()
                + " of "
                + (read.samples().size() + keptOut)
                + " answers can be learnt from, reward.quorum asks for "
                + config.reward().quorum()
                + "; the first that cannot: "
                + read.example().orElse("none came at all"));
      }
    }

    /** Weights that correct for older or other distributions; null where there is nothing to do. */
    private float[][] importance(long update, Experience experience, PpoReport report) {
      boolean offPolicy =
          experience.samples().stream().anyMatch(s -> s.oldestVersion() < update - 1);
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
        float[][] importance,
        double beta,
        boolean warmUp,
        PpoReport report) {
      PpoStep step = new PpoStep(models, config);
      int rows = experience.samples().size();
      int minibatches = Math.min(config.ppo().minibatches(), rows);
      for (int epoch = 0; epoch < config.ppo().epochs(); epoch++) {
        EpochOrder order = new EpochOrder(rows, config.run().seed() * 31 + update * 1_000 + epoch);
        for (int m = 0; m < minibatches; m++) {
          int from = rows * m / minibatches;
          int to = rows * (m + 1) / minibatches;
          List<Integer> minibatch = new ArrayList<>();
          for (int row : order.rows(from, to - from)) {
            minibatch.add(row);
          }
          List<LearningSequence> ptx = ptx(update, epoch * minibatches + m);
          PpoStep.Outcome outcome = step.take(experience, minibatch, importance, beta, ptx, warmUp);
          report.step(outcome);
          if (!outcome.policy().applied() || !outcome.value().applied()) {
            context
                .log()
                .warning(
                    "non_finite_step",
                    "update "
                        + update
                        + ": a step had a gradient that is not finite and was skipped");
          }
          if (config.ppo().targetKl() > 0 && report.lastApproximateKl() > config.ppo().targetKl()) {
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
      List<LearningSequence> batch = new ArrayList<>();
      for (int row : new EpochOrder(demonstrations.size(), config.run().seed()).rows(first, size)) {
        batch.add(demonstrations.get(row));
      }
      return batch;
    }

    private void publish(long update) {
      VersionStore.Version version =
          versions.write(update, models.actor().model(), config.model().path());
      published.put(update, version.checksum());
      exchange.announce(update, version.checksum(), version.directory(), update);
    }

    private void save(long update) {
      AdamW.State valueOptimizer =
          models.separateCritic().map(c -> c.state()).orElse(AdamW.State.INITIAL);
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
                models.addTo(writer, config);
                writer.state(state);
              });
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

  private static PpoState initialState(PpoConfig config) {
    String checksum = VersionStore.digest(config.model().path());
    return new PpoState(
        0,
        AdamW.State.INITIAL,
        AdamW.State.INITIAL,
        config.kl().coefficient(),
        RolloutExchange.Place.end(kafka(config)),
        Map.of(0L, checksum),
        0);
  }

  private static boolean needsReference(PpoConfig config) {
    return config.kl().coefficient() > 0;
  }

  private static String kafka(PpoConfig config) {
    return config
        .run()
        .kafka()
        .orElseThrow(
            () -> new IllegalArgumentException("run.kafka is missing: PPO learns from rollouts"));
  }

  private static void check(PpoConfig config) {
    kafka(config);
    require(
        config.value().warmUpUpdates() == 0
            || config.value().trunk() == PpoConfig.Value.Trunk.SEPARATE
            || config.optimizer().weightDecay() == 0,
        "value.warm-up-updates with a shared trunk needs optimizer.weight-decay=0,"
            + " which would change the frozen policy");
    require(
        config.ptx().coefficient() == 0 || config.ptx().files().isPresent(),
        "ptx.coefficient is " + config.ptx().coefficient() + ", but ptx.files is missing");
    require(
        config.model().start() == RecipeConfig.Model.Start.WEIGHTS,
        "PPO starts from a trained model: model.start must be weights");
    require(config.ppo().minibatches() >= 1, "ppo.minibatches must be at least 1");
    require(config.sampling().temperature() > 0, "sampling.temperature must be more than 0");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  private static LearningData<EncodedPrompt> prompts(PpoConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(config.model().path())) {
      return LearningData.prompts(
          new LearningData.Source(
              config.prompts().files(),
              config.prompts().skipBad(),
              new Split(0, config.run().seed()),
              config.prompts().maxTokens()),
          encoder);
    }
  }

  private static List<LearningSequence> demonstrations(PpoConfig config) {
    if (config.ptx().coefficient() == 0) {
      return List.of();
    }
    try (TemplateEncoder encoder = TemplateEncoder.open(config.model().path())) {
      return LearningData.demonstrations(
              new LearningData.Source(
                  config.ptx().files().orElseThrow(),
                  config.prompts().skipBad(),
                  new Split(0, config.run().seed()),
                  config.engine().microBatchTokens()),
              encoder)
          .train();
    }
  }
}
