package dev.parley.trainer.recipe.rewardmodel;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.Pair;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Every;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.loss.Metrics;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reward modelling: a model with a scalar head learns to score the chosen answer above the rejected
 * one (Bradley and Terry 1952; Stiennon et al. 2020; Ouyang et al. 2022). See {@code
 * docs/recipes/reward-model.md}.
 */
public final class RewardModelRecipe implements Recipe<RewardModelConfig> {

  private static final String REWARD = "reward";

  /** What a checkpoint holds beside the learner. */
  public record State(long updates, AdamW.State optimizer) {}

  @Override
  public Class<RewardModelConfig> configuration() {
    return RewardModelConfig.class;
  }

  @Override
  public Plan plan(RewardModelConfig config) {
    LearningData<Pair> data = read(config);
    MemoryPrediction memory = memory(config, data);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.open(config)) {
      return LearningModel.describe(Plan.empty(), "model", model, Heads.SCORE, config)
          .with("pairs", data.train().size() + " to learn, " + data.heldOut().size() + " held out")
          .with("left out", data.describeLeftOut())
          .with("tokens per epoch", data.train().stream().mapToLong(Pair::tokens).sum())
          .with("updates", updates(config, data.train().size()))
          .with(memory);
    }
  }

  private static MemoryPrediction memory(RewardModelConfig config, LearningData<Pair> data) {
    List<Pair> longest =
        data.train().stream()
            .sorted(Comparator.comparingInt(pair -> -pair.tokens()))
            .limit(config.rewardModel().batchSize())
            .toList();
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), Heads.SCORE)),
        List.of(
            new MemoryPrediction.Step(
                longest.stream().mapToLong(Pair::tokens).sum(),
                2L * longest.size(),
                longest.get(0).tokens(),
                longest.stream().mapToLong(Pair::longest).max().orElseThrow(),
                false)));
  }

  @Override
  public boolean run(RewardModelConfig config, RunContext context) {
    // 1 pairs as tokens
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    LearningData<Pair> data = read(config);
    context.warnOfLeftOut(data);
    context.warnOfMemory(config, memory(config, data));
    EpochOrder order = new EpochOrder(data.train().size(), config.run().seed());
    long updates = updates(config, data.train().size());
    Every evaluations = new Every(config.rewardModel().evaluateEvery(), updates);
    Every checkpoints = new Every(config.checkpoint().every(), updates);

    // 2 the model: a language model's trunk under a new scalar head, or a reward model as it is
    CheckpointStore store =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed = config.run().resume() ? store.latest() : Optional.empty();
    State state = resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL));
    ModelDirectory origin = SharedSettings.origin(config);
    context.log().started("reward-model", context.configuration(), updates, state.updates());
    try (Learner learner = learner(config, origin, updates, resumed, state);
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers())) {
      int batchSize = config.rewardModel().batchSize();
      HeldOutScores newest = null; // of the weights as they are
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 3 one optimizer step; chosen and rejected of a pair are in one forward pass
        UpdateTimer timer = new UpdateTimer();
        List<Pair> batch =
            order.rows((update - 1) * batchSize, batchSize).stream()
                .map(data.train()::get)
                .toList();
        PairWork work = new PairWork(learner, batch, config.rewardModel());
        Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(work)));
        Learner.Step step = learner.step();
        newest = null;
        context.warnOfSkipped(step, update);
        context.warnOfSplits(accumulation, update);
        timer.lap("training");
        // 4 numbers
        double epoch = (double) update * batchSize / data.train().size();
        Map<String, Double> metrics = StepMetrics.of(step, learner, accumulation, epoch);
        metrics.putAll(figures.values());
        if (evaluations.due(update) && !data.heldOut().isEmpty()) {
          newest = evaluate(learner.model(), data.heldOut(), accumulation);
          metrics.put(RewardModelMetrics.HELD_OUT_ACCURACY, newest.agreement());
          metrics.put(RewardModelMetrics.HELD_OUT_LOSS, newest.loss());
          timer.lap("evaluation");
        }
        double speed = batch.stream().mapToLong(Pair::tokens).sum() / timer.total();
        metrics.put(StepMetrics.TOKENS_PER_SECOND, speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 5 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || checkpoints.due(update)) {
          save(store, origin, context, learner, new State(update, learner.state()));
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 6 the finished model, with what its scores are like
      List<Path> written =
          LearningModel.write(learner.master(), origin, config, context.directory());
      List<Pair> measured = data.heldOut().isEmpty() ? data.train() : data.heldOut();
      HeldOutScores scores =
          newest == null ? evaluate(learner.model(), measured, accumulation) : newest;
      written.forEach(directory -> scores.write(directory, !data.heldOut().isEmpty()));
      return true;
    }
  }

  private static LearningData<Pair> read(RewardModelConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return LearningData.preferences(SharedSettings.rows(config.data(), config), encoder);
    }
  }

  private static long updates(RewardModelConfig config, int pairs) {
    long batch = config.rewardModel().batchSize();
    return ((long) config.rewardModel().epochs() * pairs + batch - 1) / batch;
  }

  private static Learner learner(
      RewardModelConfig config,
      ModelDirectory origin,
      long updates,
      Optional<Checkpoint> resumed,
      State state) {
    LearningModel.Kind kind = LearningModel.kind(Heads.SCORE, config);
    Supplier<LanguageModel> start = () -> SharedSettings.open(config);
    LanguageModel model =
        resumed
            .map(c -> LearningModel.restored(c, REWARD, start, origin, kind, config))
            .orElseGet(() -> LearningModel.of(start.get(), kind, config.run().seed()));
    Learner learner =
        SharedSettings.learner(
            model,
            config,
            config.optimizer(),
            config.optimizer().learningRate(),
            updates,
            SharedSettings.workers(config, model));
    resumed.ifPresent(c -> LearnerCheckpoint.restore(c, REWARD, learner, state.optimizer()));
    return learner;
  }

  private static HeldOutScores evaluate(
      LanguageModel model, List<Pair> pairs, Accumulation accumulation) {
    float[] chosen = new float[pairs.size()];
    float[] rejected = new float[pairs.size()];
    accumulation.score(
        new Scoring(
            PairWork.lengths(pairs),
            rows -> {
              List<Pair> part = rows.stream().map(pairs::get).toList();
              float[] scores = model.finalScalars(PairWork.tokens(part));
              for (int i = 0; i < rows.size(); i++) {
                chosen[rows.get(i)] = scores[i];
                rejected[rows.get(i)] = scores[rows.size() + i];
              }
            }));
    return new HeldOutScores(chosen, rejected);
  }

  private static void save(
      CheckpointStore store,
      ModelDirectory origin,
      RunContext context,
      Learner learner,
      State state) {
    Path directory =
        store.save(
            state.updates(),
            writer -> {
              LearnerCheckpoint.add(writer, REWARD, learner, origin);
              writer.state(state);
            });
    context.log().checkpoint(directory, state.updates(), 0, "");
  }
}
