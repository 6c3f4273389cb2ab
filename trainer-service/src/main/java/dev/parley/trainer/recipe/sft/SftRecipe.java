package dev.parley.trainer.recipe.sft;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
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
import dev.parley.trainer.recipe.SoleLearner;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Supervised fine-tuning: the model learns to continue conversations as the demonstrations do. Only
 * the assistant's tokens are learnt. See {@code docs/recipes/sft.md}.
 */
public final class SftRecipe implements Recipe<SftConfig> {

  private static final String POLICY = "policy";

  /** What a checkpoint holds beside the learner. */
  public record State(long updates, AdamW.State optimizer, long tokens) {}

  @Override
  public Class<SftConfig> configuration() {
    return SftConfig.class;
  }

  @Override
  public Plan plan(SftConfig config) {
    LearningData<LearningSequence> data = read(config);
    MemoryPrediction memory = memory(config, data);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.openLanguage(config)) {
      return LearningModel.describe(Plan.empty(), "model", model, Heads.LANGUAGE, config)
          .with(
              "demonstrations",
              data.train().size() + " to learn, " + data.heldOut().size() + " held out")
          .with("left out", data.describeLeftOut())
          .with("tokens per epoch", data.train().stream().mapToLong(s -> s.tokens().length).sum())
          .with("updates", updates(config, data.train().size()))
          .with(memory);
    }
  }

  private static MemoryPrediction memory(SftConfig config, LearningData<LearningSequence> data) {
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), Heads.LANGUAGE)),
        List.of(MemoryPrediction.Step.largest(data.train(), config.sft().batchSize())));
  }

  @Override
  public boolean run(SftConfig config, RunContext context) {
    // 1 demonstrations as tokens, with marks on the assistant's
    context.log().progress("reading demonstrations", 0, 0, "rows", 0);
    LearningData<LearningSequence> data = read(config);
    context.warnOfLeftOut(data);
    context.warnOfMemory(config, memory(config, data));
    EpochOrder order = new EpochOrder(data.train().size(), config.run().seed());
    long updates = updates(config, data.train().size());
    Every evaluations = new Every(config.sft().evaluateEvery(), updates);
    Every checkpoints = new Every(config.checkpoint().every(), updates);

    // 2 the model, from the newest checkpoint if the run goes on
    CheckpointStore store =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? store.latest() : Optional.empty();
    State state =
        resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL, 0));
    ModelDirectory origin = SharedSettings.origin(config);
    context.log().started("sft", context.configuration(), updates, state.updates());
    SoleLearner sole = new SoleLearner(POLICY, Heads.LANGUAGE, config, config.optimizer());
    try (Learner learner = sole.open(origin, updates, resumed, state.optimizer());
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers())) {
      int batchSize = config.sft().batchSize();
      long tokens = state.tokens();
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 3 one optimizer step
        UpdateTimer timer = new UpdateTimer();
        List<LearningSequence> batch =
            order.rows((update - 1) * batchSize, batchSize).stream()
                .map(data.train()::get)
                .toList();
        SftWork work = SftWork.of(learner, batch, 1, SftMetrics.LOSS);
        Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(work)));
        Learner.Step step = learner.step();
        context.warnOfSkipped(step, update);
        context.warnOfSplits(accumulation, update);
        timer.lap("training");
        // 4 numbers
        long batchTokens = batch.stream().mapToLong(s -> s.tokens().length).sum();
        tokens += batchTokens;
        double epoch = (double) update * batchSize / data.train().size();
        Map<String, Double> metrics = StepMetrics.of(step, learner, accumulation, epoch);
        metrics.putAll(figures.values());
        metrics.put(SftMetrics.TOKENS, (double) tokens);
        if (evaluations.due(update) && !data.heldOut().isEmpty()) {
          metrics.put(
              SftMetrics.HELD_OUT_LOSS, evaluate(learner.model(), data.heldOut(), accumulation));
          timer.lap("evaluation");
        }
        double speed = batchTokens / timer.total();
        metrics.put(StepMetrics.TOKENS_PER_SECOND, speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 5 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || checkpoints.due(update)) {
          sole.save(
              store, context, learner, origin, update, new State(update, learner.state(), tokens));
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 6 the finished model
      LearningModel.write(learner.master(), origin, config, context.directory());
      return true;
    }
  }

  private static LearningData<LearningSequence> read(SftConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return LearningData.demonstrations(SharedSettings.rows(config.data(), config), encoder);
    }
  }

  private static long updates(SftConfig config, int rows) {
    return EpochOrder.batches(config.sft().epochs(), rows, config.sft().batchSize());
  }

  /** Returns the mean negative log-probability of the label tokens of all rows. */
  private static double evaluate(
      LanguageModel model, List<LearningSequence> heldOut, Accumulation accumulation) {
    List<LearningSequence> rows = PackedBatch.learnt(heldOut);
    double[] sums = new double[rows.size()];
    accumulation.score(
        new Scoring(
            PackedBatch.lengths(rows),
            chosen -> {
              PackedBatch packed = PackedBatch.of(chosen.stream().map(rows::get).toList());
              float[] logProbs =
                  model.scores(packed.batch(), packed.predictors(), new float[0]).logProbs();
              int next = 0;
              for (int i = 0; i < chosen.size(); i++) {
                int end = next + packed.rowCounts()[i];
                sums[chosen.get(i)] = -sum(logProbs, next, end);
                next = end;
              }
            }));
    long labels = rows.stream().mapToLong(LearningSequence::count).sum();
    return Arrays.stream(sums).sum() / labels;
  }

  private static double sum(float[] values, int begin, int end) {
    double sum = 0;
    for (int i = begin; i < end; i++) {
      sum += values[i];
    }
    return sum;
  }
}
