package dev.parley.trainer.recipe.rewardmodel;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Every;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.SoleLearner;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.loss.Metrics;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The loop of all recipes whose result is a model with a scalar head that learnt from rows on disk:
 * from pairs, from ratings, from labelled steps. What differs is the {@link Objective}.
 *
 * @param name the recipe's
 * @param config its settings
 * @param optimizer the optimizer's settings
 * @param pace how often rows are seen and measured
 * @param objective what is learnt of them
 * @param <T> a row
 */
public record RewardTraining<T>(
    String name,
    RecipeConfig config,
    RecipeConfig.Optimizer optimizer,
    Pace pace,
    Objective<T> objective) {

  private static final String REWARD = "reward";

  /** What a checkpoint holds beside the learner. */
  public record State(long updates, AdamW.State optimizer) {}

  /**
   * How often rows are seen and measured.
   *
   * @param epochs passes over the rows
   * @param batchSize rows of an optimizer step
   * @param evaluateEvery steps between evaluations; 0 for one at the end only
   */
  public record Pace(int epochs, int batchSize, int evaluateEvery) {}

  /** What is learnt of rows. */
  public interface Objective<T> {

    /** Returns what rows are called. */
    String rows();

    /** Returns the tokens of a row, all its sequences together. */
    int tokens(T row);

    /** Returns the tokens of a row's longest sequence. */
    int longest(T row);

    /** Returns the positions of a row that are scored. */
    int scored(T row);

    /** Returns what one optimizer step learns from. */
    Work<Metrics> work(Learner learner, List<T> batch);

    /** Scores rows. */
    Evaluation evaluate(LanguageModel model, List<T> rows, Accumulation accumulation);
  }

  /** What the scores of rows say about a model. */
  public interface Evaluation {

    /** Returns the figures of one update. */
    Map<String, Double> metrics();

    /**
     * Writes {@link RewardModelFile}.
     *
     * @param model the model's directory
     * @param heldOut false if the rows were learnt from, since none were held out
     */
    void write(Path model, boolean heldOut);
  }

  /** Says what a run would do. */
  public Plan plan(LearningData<?> read, List<T> train) {
    MemoryPrediction memory = memory(train);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.open(config)) {
      return LearningModel.describe(Plan.empty(), "model", model, Heads.SCORE, config)
          .with(
              objective.rows(),
              read.train().size() + " to learn, " + read.heldOut().size() + " held out")
          .with("left out", read.describeLeftOut())
          .with("tokens per epoch", train.stream().mapToLong(objective::tokens).sum())
          .with("updates", updates(train.size()))
          .with(memory);
    }
  }

  private MemoryPrediction memory(List<T> train) {
    List<T> longest =
        train.stream()
            .sorted(Comparator.comparingInt(row -> -objective.tokens(row)))
            .limit(pace.batchSize())
            .toList();
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), Heads.SCORE)),
        List.of(
            new MemoryPrediction.Step(
                longest.stream().mapToLong(objective::tokens).sum(),
                longest.stream().mapToLong(objective::scored).sum(),
                objective.tokens(longest.get(0)),
                longest.stream().mapToLong(objective::longest).max().orElseThrow(),
                false)));
  }

  /**
   * Trains.
   *
   * @param train rows to learn from
   * @param heldOut rows to measure on, perhaps none
   * @param context the run
   * @return whether all updates were made, rather than the run stopped on request
   */
  public boolean run(List<T> train, List<T> heldOut, RunContext context) {
    // 1 rows as tokens; the caller has read them
    context.warnOfMemory(config, memory(train));
    EpochOrder order = new EpochOrder(train.size(), config.run().seed());
    long updates = updates(train.size());
    Every evaluations = new Every(pace.evaluateEvery(), updates);
    Every checkpoints = new Every(config.checkpoint().every(), updates);

    // 2 the model: a language model's trunk under a new scalar head, or a reward model as it is
    CheckpointStore store =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? store.latest() : Optional.empty();
    State state = resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL));
    ModelDirectory origin = SharedSettings.origin(config);
    context.log().started(name, context.configuration(), updates, state.updates());
    SoleLearner sole = new SoleLearner(REWARD, Heads.SCORE, config, optimizer);
    try (Learner learner = sole.open(origin, updates, resumed, state.optimizer());
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers())) {
      Evaluation newest = null; // of the weights as they are
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 3 one optimizer step; what belongs together is in one forward pass
        UpdateTimer timer = new UpdateTimer();
        List<T> batch =
            order.rows((update - 1) * pace.batchSize(), pace.batchSize()).stream()
                .map(train::get)
                .toList();
        Work<Metrics> work = objective.work(learner, batch);
        Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(work)));
        Learner.Step step = learner.step();
        newest = null;
        context.warnOfSkipped(step, update);
        context.warnOfSplits(accumulation, update);
        timer.lap("training");
        // 4 numbers
        double epoch = (double) update * pace.batchSize() / train.size();
        Map<String, Double> metrics = StepMetrics.of(step, learner, accumulation, epoch);
        metrics.putAll(figures.values());
        if (evaluations.due(update) && !heldOut.isEmpty()) {
          newest = objective.evaluate(learner.model(), heldOut, accumulation);
          metrics.putAll(newest.metrics());
          timer.lap("evaluation");
        }
        double speed = batch.stream().mapToLong(objective::tokens).sum() / timer.total();
        metrics.put(StepMetrics.TOKENS_PER_SECOND, speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 5 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || checkpoints.due(update)) {
          sole.save(store, context, learner, origin, update, new State(update, learner.state()));
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 6 the finished model, with what its scores are like
      List<Path> written =
          LearningModel.write(learner.master(), origin, config, context.directory());
      Evaluation scores =
          newest == null
              ? objective.evaluate(
                  learner.model(), heldOut.isEmpty() ? train : heldOut, accumulation)
              : newest;
      written.forEach(directory -> scores.write(directory, !heldOut.isEmpty()));
      return true;
    }
  }

  private long updates(int rows) {
    return EpochOrder.batches(pace.epochs(), rows, pace.batchSize());
  }
}
