package dev.parley.trainer.offline;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningRow;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.offline.Objective.Evaluation;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Every;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.SoleLearner;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The loop of every recipe over rows that are there when the run begins: a model goes through them
 * for some epochs, with one optimizer step a batch. What is learnt of them is the {@link
 * Objective}.
 *
 * @param recipe which one
 * @param config its settings
 * @param passes of these, how the rows are gone through
 * @param model what learns
 * @param data the rows
 * @param <R> a row
 */
public record OfflineTraining<R extends LearningRow>(
    RecipeName recipe,
    OfflineConfig config,
    OfflineConfig.Passes passes,
    Kind model,
    LearningData<R> data) {

  /** What a checkpoint holds beside the learner. */
  public record State(long updates, AdamW.State optimizer, long tokens) {}

  /**
   * What learns.
   *
   * @param learner its name in checkpoints
   * @param heads that it has
   */
  public record Kind(String learner, Heads heads) {
    /** A model that predicts tokens. */
    public static final Kind POLICY = new Kind("policy", Heads.LANGUAGE);

    /** A model that scores. */
    public static final Kind REWARD = reward(1);

    /** A model that gives several scores. */
    public static Kind reward(int scores) {
      return new Kind("reward", Heads.scores(scores));
    }
  }

  /**
   * Says what a run would do.
   *
   * @param rows what the rows are called
   * @throws dev.parley.trainer.configuration.ConfigurationException if there is not enough memory
   */
  public Plan plan(String rows) {
    return plan(rows, data);
  }

  /**
   * Says what a run would do.
   *
   * @param rows what the rows are called that were read
   * @param read the same, before they were put together
   * @throws dev.parley.trainer.configuration.ConfigurationException if there is not enough memory
   */
  public Plan plan(String rows, LearningData<?> read) {
    MemoryPrediction memory = memory();
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel start =
        model.heads().language()
            ? SharedSettings.openLanguage(config)
            : SharedSettings.open(config)) {
      return LearningModel.describe(Plan.empty(), "model", start, model.heads(), config)
          .with(rows, read.train().size() + " to learn, " + read.heldOut().size() + " held out")
          .with("left out", read.describeLeftOut())
          .with("tokens per epoch", tokens(data.train()))
          .with("updates", updates())
          .warning(repeats())
          .with(memory);
    }
  }

  /** Warns of rows that are left out or come several times, and of want of memory. */
  public void warn(RunContext context) {
    context.warnOfLeftOut(data);
    context.warnOfRepeats(repeats());
    context.warnOfMemory(config, memory());
  }

  private MemoryPrediction memory() {
    List<R> longest =
        data.train().stream()
            .sorted(Comparator.comparingInt(row -> -row.size()))
            .limit(passes.batchSize())
            .toList();
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), model.heads())),
        List.of(
            new MemoryPrediction.Step(
                tokens(longest),
                longest.stream().mapToLong(LearningRow::positions).sum(),
                longest.get(0).size(),
                longest.stream().mapToLong(LearningRow::longest).max().orElseThrow(),
                false)));
  }

  private static long tokens(List<? extends LearningRow> rows) {
    return rows.stream().mapToLong(LearningRow::size).sum();
  }

  private Optional<String> repeats() {
    return EpochOrder.repeats(
        recipe.text() + ".batch-size", passes.batchSize(), data.train().size(), "rows to learn");
  }

  private long updates() {
    return EpochOrder.batches(passes.epochs(), data.train().size(), passes.batchSize());
  }

  /**
   * Trains.
   *
   * @param context the run
   * @param objective what is wanted of the model
   * @return whether all updates were made, rather than the run stopped on request
   */
  public boolean run(RunContext context, Objective<R> objective) {
    EpochOrder order = new EpochOrder(data.train().size(), config.run().seed());
    long updates = updates();
    Every evaluations = new Every(passes.evaluateEvery(), updates);
    Every checkpoints = new Every(config.checkpoint().every(), updates);

    // 1 the model, from the newest checkpoint if the run goes on
    CheckpointStore store =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? store.latest() : Optional.empty();
    State state =
        resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL, 0));
    ModelDirectory origin = SharedSettings.origin(config);
    context.log().started(recipe.text(), context.configuration(), updates, state.updates());
    SoleLearner sole = new SoleLearner(model.learner(), model.heads(), config, config.optimizer());
    try (Learner learner = sole.open(origin, updates, resumed, state.optimizer());
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers())) {
      int batchSize = passes.batchSize();
      long tokens = state.tokens();
      Optional<Evaluation> newest = Optional.empty(); // of the weights as they are
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 2 one optimizer step; what belongs together is in one forward pass
        UpdateTimer timer = new UpdateTimer();
        List<R> batch =
            order.rows((update - 1) * batchSize, batchSize).stream()
                .map(data.train()::get)
                .toList();
        List<Metrics> parts =
            accumulation.learn(
                List.of(learner), List.of(objective.work(learner, batch, accumulation)));
        Learner.Step step = learner.step();
        newest = Optional.empty();
        context.warnOfSkipped(step, update);
        context.warnOfSplits(accumulation, update);
        timer.lap("training");
        // 3 numbers
        tokens += tokens(batch);
        double epoch = (double) update * batchSize / data.train().size();
        Map<String, Double> metrics = StepMetrics.of(step, learner, accumulation, epoch);
        metrics.put(StepMetrics.TOKENS, (double) tokens);
        metrics.putAll(objective.figures(Metrics.sum(parts)));
        if (evaluations.due(update) && !data.heldOut().isEmpty()) {
          newest = Optional.of(objective.evaluate(learner.model(), data.heldOut(), accumulation));
          metrics.putAll(newest.get().metrics());
          timer.lap("evaluation");
        }
        double speed = tokens(batch) / timer.total();
        metrics.put(StepMetrics.TOKENS_PER_SECOND, speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 4 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || checkpoints.due(update)) {
          State now = new State(update, learner.state(), tokens);
          sole.save(store, context, learner, origin, update, now);
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 5 the finished model, with what was measured last
      List<Path> written =
          LearningModel.write(learner.master(), origin, config, context.directory());
      if (objective.describesModel()) {
        boolean heldOut = !data.heldOut().isEmpty();
        List<R> rows = heldOut ? data.heldOut() : data.train();
        Evaluation last =
            newest.orElseGet(() -> objective.evaluate(learner.model(), rows, accumulation));
        written.forEach(directory -> last.write(directory, heldOut));
      }
      return true;
    }
  }
}
