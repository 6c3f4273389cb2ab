package dev.parley.trainer.recipe.offline;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.AnswerRow;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.memory.MemoryPrediction;
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
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The loop of the recipes on fixed preference data: a policy goes through the rows for some epochs,
 * with one optimizer step a batch.
 *
 * @param recipe which one
 * @param config its settings
 * @param passes of these, how the rows are gone through
 * @param data the rows
 * @param <R> a row
 */
public record OfflineTraining<R extends AnswerRow>(
    RecipeName recipe, OfflineConfig config, OfflineConfig.Passes passes, LearningData<R> data) {

  /** Stands before the names of what is measured on held-out rows. */
  public static final String HELD_OUT = "eval_";

  private static final String POLICY = "policy";

  /** What a checkpoint holds beside the learner. */
  public record State(long updates, AdamW.State optimizer) {}

  /**
   * Says what a run would do.
   *
   * @param rows what the rows are called
   * @throws dev.parley.trainer.configuration.ConfigurationException if there is not enough memory
   */
  public Plan plan(String rows) {
    MemoryPrediction memory = memory();
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.openLanguage(config)) {
      return LearningModel.describe(Plan.empty(), "model", model, Heads.LANGUAGE, config)
          .with(rows, data.train().size() + " to learn, " + data.heldOut().size() + " held out")
          .with("left out", data.describeLeftOut())
          .with("tokens per epoch", data.train().stream().mapToLong(AnswerRow::tokens).sum())
          .with("updates", updates())
          .with(memory);
    }
  }

  /** Warns of rows that are left out and of want of memory. */
  public void warn(RunContext context) {
    context.warnOfLeftOut(data);
    context.warnOfMemory(config, memory());
  }

  private MemoryPrediction memory() {
    List<R> longest =
        data.train().stream()
            .sorted(Comparator.comparingInt(row -> -row.tokens()))
            .limit(passes.batchSize())
            .toList();
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), Heads.LANGUAGE)),
        List.of(
            new MemoryPrediction.Step(
                longest.stream().mapToLong(AnswerRow::tokens).sum(),
                sequences(longest).mapToLong(LearningSequence::count).sum(),
                longest.get(0).tokens(),
                longest.stream().mapToLong(AnswerRow::longest).max().orElseThrow(),
                false)));
  }

  /** Returns the answers of all rows, held-out ones included. */
  public List<LearningSequence> answers() {
    return Stream.concat(sequences(data.train()), sequences(data.heldOut())).toList();
  }

  private static Stream<LearningSequence> sequences(List<? extends AnswerRow> rows) {
    return rows.stream().flatMap(row -> row.answers().stream());
  }

  private long updates() {
    return EpochOrder.batches(passes.epochs(), data.train().size(), passes.batchSize());
  }

  /**
   * Trains.
   *
   * @param context the run
   * @param objective what is wanted of the policy
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
    State state = resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL));
    ModelDirectory origin = SharedSettings.origin(config);
    context.log().started(recipe.text(), context.configuration(), updates, state.updates());
    SoleLearner sole = new SoleLearner(POLICY, Heads.LANGUAGE, config, config.optimizer());
    try (Learner learner = sole.open(origin, updates, resumed, state.optimizer());
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers())) {
      int batchSize = passes.batchSize();
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 2 one optimizer step
        UpdateTimer timer = new UpdateTimer();
        List<R> batch =
            order.rows((update - 1) * batchSize, batchSize).stream()
                .map(data.train()::get)
                .toList();
        List<Metrics> parts =
            accumulation.learn(
                List.of(learner), List.of(objective.work(learner, batch, accumulation)));
        Learner.Step step = learner.step();
        context.warnOfSkipped(step, update);
        context.warnOfSplits(accumulation, update);
        timer.lap("training");
        // 3 numbers
        double epoch = (double) update * batchSize / data.train().size();
        Map<String, Double> metrics = StepMetrics.of(step, learner, accumulation, epoch);
        metrics.putAll(objective.figures(Metrics.sum(parts)));
        if (evaluations.due(update) && !data.heldOut().isEmpty()) {
          objective
              .figures(objective.evaluate(learner.model(), data.heldOut(), accumulation))
              .forEach((name, value) -> metrics.put(HELD_OUT + name, value));
          timer.lap("evaluation");
        }
        double speed = batch.stream().mapToLong(AnswerRow::tokens).sum() / timer.total();
        metrics.put(StepMetrics.TOKENS_PER_SECOND, speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 4 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || checkpoints.due(update)) {
          sole.save(store, context, learner, origin, update, new State(update, learner.state()));
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 5 the finished model
      LearningModel.write(learner.master(), origin, config, context.directory());
      return true;
    }
  }
}
