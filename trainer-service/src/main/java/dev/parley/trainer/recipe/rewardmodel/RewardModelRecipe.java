package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.Pair;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.StartingModel;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    try (LanguageModel model = StartingModel.open(config)) {
      return Plan.empty()
          .with(
              "model", config.model().path() + ", " + model.weights().parameters() + " parameters")
          .with("pairs", data.train().size() + " to learn, " + data.heldOut().size() + " held out")
          .with("left out", data.tooLong() + " too long or ties, " + data.skipped() + " bad")
          .with("tokens per epoch", data.train().stream().mapToLong(Pair::tokens).sum())
          .with("updates", updates(config, data.train().size()));
    }
  }

  @Override
  public boolean run(RewardModelConfig config, RunContext context) {
    // 1 pairs as tokens
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    LearningData<Pair> data = read(config);
    warnOfLeftOut(context, data);
    EpochOrder order = new EpochOrder(data.train().size(), config.run().seed());
    long updates = updates(config, data.train().size());

    // 2 the model: a language model's trunk under a new scalar head, or a reward model as it is
    CheckpointStore store =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed = config.run().resume() ? store.latest() : Optional.empty();
    State state = resumed.map(c -> c.state(State.class)).orElse(new State(0, AdamW.State.INITIAL));
    context.log().started("reward-model", context.configuration(), updates, state.updates());
    try (Learner learner = learner(config, updates, resumed, state)) {
      int batchSize = config.rewardModel().batchSize();
      for (long update = state.updates() + 1; update <= updates; update++) {
        // 3 one optimizer step; chosen and rejected of a pair are in one forward pass
        UpdateTimer timer = new UpdateTimer();
        List<Pair> batch = new ArrayList<>();
        for (int row : order.rows((update - 1) * batchSize, batchSize)) {
          batch.add(data.train().get(row));
        }
        Map<String, Double> metrics = new LinkedHashMap<>(learn(learner, batch, config).values());
        Learner.Step step = learner.step();
        if (!step.applied()) {
          context
              .log()
              .warning(
                  "non_finite_step",
                  "update "
                      + update
                      + " had a gradient norm of "
                      + step.gradientNorm()
                      + " and was skipped");
        }
        timer.lap("training");
        // 4 numbers
        metrics.put("learning_rate", step.learningRate());
        metrics.put("grad_norm", step.gradientNorm());
        metrics.put("epoch", (double) update * batchSize / data.train().size());
        metrics.put("skipped_steps", (double) learner.state().skipped());
        if (due(update, config.rewardModel().evaluateEvery(), updates)
            && !data.heldOut().isEmpty()) {
          HeldOutScores scores = evaluate(learner.model(), data.heldOut(), config);
          metrics.put("eval_accuracy", scores.agreement());
          metrics.put("eval_loss", scores.loss());
          timer.lap("evaluation");
        }
        double speed = batch.stream().mapToLong(Pair::tokens).sum() / timer.total();
        metrics.put("tokens_per_second", speed);
        metrics.putAll(timer.metrics());
        context.log().metrics(update, metrics);
        context.log().progress("training", update, updates, "updates", speed);
        // 5 checkpoint
        boolean stop = context.stopRequested().getAsBoolean();
        if (stop || due(update, config.checkpoint().every(), updates)) {
          save(store, config, context, learner, new State(update, learner.state()));
        }
        if (stop && update < updates) {
          return false;
        }
      }
      // 6 the finished model, with what its scores are like
      ModelFiles.replace(
          learner.model(),
          config.model().path(),
          context.directory().model(),
          StartingModel.storedType(config.checkpoint()));
      List<Pair> measured = data.heldOut().isEmpty() ? data.train() : data.heldOut();
      evaluate(learner.model(), measured, config)
          .write(context.directory().model(), !data.heldOut().isEmpty());
      return true;
    }
  }

  private static LearningData<Pair> read(RewardModelConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(config.model().path())) {
      return LearningData.preferences(
          new LearningData.Source(
              config.data().files(),
              config.data().skipBad(),
              new Split(config.data().heldOut(), config.run().seed()),
              config.data().maxTokens()),
          encoder);
    }
  }

  private static void warnOfLeftOut(RunContext context, LearningData<?> data) {
    if (data.skipped() > 0) {
      context.log().warning("bad_rows", data.skipped() + " bad rows were left out");
    }
    if (data.tooLong() > 0) {
      context
          .log()
          .warning(
              "long_rows",
              data.tooLong()
                  + " pairs are longer than data.max-tokens, or ties, and were left out");
    }
  }

  private static long updates(RewardModelConfig config, int pairs) {
    long batch = config.rewardModel().batchSize();
    return ((long) config.rewardModel().epochs() * pairs + batch - 1) / batch;
  }

  private static Learner learner(
      RewardModelConfig config, long updates, Optional<Checkpoint> resumed, State state) {
    LanguageModel model =
        resumed
            .map(c -> LanguageModel.open(c.model(REWARD), StartingModel.engine(config.engine())))
            .orElseGet(() -> withScalarHead(StartingModel.open(config), config.run().seed()));
    Learner learner =
        new Learner(
            model,
            StartingModel.optimizer(config.optimizer()),
            StartingModel.schedule(config.optimizer(), config.optimizer().learningRate(), updates));
    resumed.ifPresent(c -> LearnerCheckpoint.restore(c, REWARD, learner, state.optimizer()));
    return learner;
  }

  private static LanguageModel withScalarHead(LanguageModel model, long seed) {
    if (model.heads().equals(Heads.SCORE)) {
      return model;
    }
    try (model) {
      return model.withHeads(Heads.SCORE, seed);
    }
  }

  /** Adds up the gradient of a batch of pairs; returns the batch's figures. */
  private static Metrics learn(Learner learner, List<Pair> batch, RewardModelConfig config) {
    Metrics figures = null;
    int[] lengths = batch.stream().mapToInt(Pair::tokens).toArray();
    for (List<Integer> rows : PackedBatch.split(lengths, config.engine().microBatchTokens())) {
      List<Pair> pairs = rows.stream().map(batch::get).toList();
      TokenBatch tokens = tokens(pairs);
      try (ForwardPass pass =
          learner.model().forward(tokens, tokens.lastPositions(), new float[0])) {
        NDArray scores = pass.scalars();
        float[] margins = new float[pairs.size()];
        for (int i = 0; i < margins.length; i++) {
          margins[i] = config.rewardModel().useMargin() ? (float) pairs.get(i).margin() : 0;
        }
        LossTerm term =
            BradleyTerryLoss.of(
                scores.get("0:" + pairs.size()),
                scores.get(pairs.size() + ":"),
                pass.scope().create(margins),
                batch.size(),
                config.rewardModel().centeringCoefficient());
        learner.backward(pass, term.loss());
        figures = figures == null ? term.metrics() : figures.plus(term.metrics());
      }
    }
    return figures;
  }

  /** The chosen answers, then the rejected ones in the same order. */
  private static TokenBatch tokens(List<Pair> pairs) {
    List<int[]> rows = new ArrayList<>();
    pairs.forEach(pair -> rows.add(pair.chosen()));
    pairs.forEach(pair -> rows.add(pair.rejected()));
    return TokenBatch.of(rows);
  }

  private static HeldOutScores evaluate(
      LanguageModel model, List<Pair> pairs, RewardModelConfig config) {
    float[] chosen = new float[pairs.size()];
    float[] rejected = new float[pairs.size()];
    int[] lengths = pairs.stream().mapToInt(Pair::tokens).toArray();
    for (List<Integer> rows : PackedBatch.split(lengths, config.engine().microBatchTokens())) {
      float[] scores = model.finalScalars(tokens(rows.stream().map(pairs::get).toList()));
      for (int i = 0; i < rows.size(); i++) {
        chosen[rows.get(i)] = scores[i];
        rejected[rows.get(i)] = scores[rows.size() + i];
      }
    }
    return new HeldOutScores(chosen, rejected);
  }

  private static boolean due(long update, int every, long updates) {
    return update == updates || every > 0 && update % every == 0;
  }

  private static void save(
      CheckpointStore store,
      RewardModelConfig config,
      RunContext context,
      Learner learner,
      State state) {
    Path directory =
        store.save(
            state.updates(),
            writer -> {
              LearnerCheckpoint.add(writer, REWARD, learner, config.model().path());
              writer.state(state);
            });
    context.log().checkpoint(directory, state.updates(), 0, "");
  }
}
