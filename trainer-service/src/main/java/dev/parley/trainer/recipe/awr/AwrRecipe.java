package dev.parley.trainer.recipe.awr;

import dev.parley.data.ChatTurn;
import dev.parley.data.PromptRow;
import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LeftOut;
import dev.parley.trainer.experience.RolloutLog;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.preference.LossOfAnswers;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.rl.GroupAdvantage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Advantage-weighted regression: a policy learns offline from the rollouts that another run left in
 * the log, the better answers more (Peng et al. 2019). See {@code docs/recipes/awr.md}.
 */
public final class AwrRecipe implements Recipe<AwrConfig> {

  @Override
  public Class<AwrConfig> configuration() {
    return AwrConfig.class;
  }

  @Override
  public void check(AwrConfig config, Problems problems) {
    problems.require(
        config.run().kafka().isPresent(),
        "run.kafka is not given, and rollouts of run "
            + config.rollouts().run()
            + " are read from there; give the broker that the run used");
  }

  @Override
  public Plan plan(AwrConfig config) {
    List<Rollout> rollouts = replay(config, (code, warning) -> {});
    RolloutReader.Result answers = answers(config, rollouts);
    return training(config, answers)
        .plan("answers")
        .with("rollouts", rollouts.size() + " of run " + config.rollouts().run())
        .with("answers that cannot be learnt from", answers.keptOutCount());
  }

  @Override
  public boolean run(AwrConfig config, RunContext context) {
    // 1 the log, kept beside the run: it goes on with the same answers when the topic has forgotten
    context.log().progress("reading rollouts", 0, 0, "rollouts", 0);
    Path kept = context.directory().rollouts();
    List<Rollout> rollouts =
        Files.exists(kept)
            ? RolloutLog.read(kept, config.rollouts().run())
            : replay(config, context.log()::warning);
    // 2 the answers with their weights
    RolloutReader.Result answers = answers(config, rollouts);
    if (answers.keptOutCount() > 0) {
      String reasons = answers.describeKeptOut();
      context.log().warning("answers_left_out", "answers that cannot be learnt from: " + reasons);
    }
    OfflineTraining<LoggedAnswer> training = training(config, answers);
    training.warn(context);
    if (!Files.exists(kept)) {
      RolloutLog.write(kept, rollouts);
    }
    // 3 learn
    return training.run(context, new Imitation(config.awr().maxWeight()));
  }

  private static List<Rollout> replay(AwrConfig config, BiConsumer<String, String> warnings) {
    return RolloutLog.replay(config.run().kafka().orElseThrow(), config.rollouts().run(), warnings);
  }

  private static RolloutReader.Result answers(AwrConfig config, List<Rollout> rollouts) {
    return new RolloutReader(SharedSettings.vocabulary(config)).read(rollouts);
  }

  private static OfflineTraining<LoggedAnswer> training(
      AwrConfig config, RolloutReader.Result answers) {
    return new OfflineTraining<>(
        RecipeName.AWR,
        config,
        config.awr(),
        OfflineTraining.Kind.POLICY,
        data(config, answers.samples()));
  }

  /** Weighs the answers, and divides them by prompt. */
  static LearningData<LoggedAnswer> data(AwrConfig config, List<Sample> samples) {
    double[] weights = weights(config.awr(), samples);
    Split split = new Split(config.rollouts().heldOut(), config.run().seed());
    int most = Math.min(config.rollouts().maxTokens(), SharedSettings.longestSequence(config));
    List<LoggedAnswer> train = new ArrayList<>();
    List<LoggedAnswer> heldOut = new ArrayList<>();
    long tooLong = 0;
    for (int i = 0; i < weights.length; i++) {
      Sample sample = samples.get(i);
      LoggedAnswer answer = new LoggedAnswer(sample.sequence(), sample.score(), weights[i]);
      if (answer.size() > most) {
        tooLong++;
      } else if (split.sideOf(standIn(sample)) == Split.Side.TRAIN) {
        train.add(answer);
      } else {
        heldOut.add(answer);
      }
    }
    if (train.isEmpty()) {
      throw new IllegalArgumentException(
          "run %s left no answer to learn from: of %d that could be, %d have more than %d tokens and %d are held out; raise rollouts.max-tokens or lower rollouts.held-out"
              .formatted(config.rollouts().run(), weights.length, tooLong, most, heldOut.size()));
    }
    return new LearningData<>(
        train, heldOut, 0, tooLong > 0 ? Map.of(LeftOut.TOO_LONG, tooLong) : Map.of());
  }

  private static double[] weights(AwrConfig.Awr awr, List<Sample> samples) {
    float[] scores = new float[samples.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) samples.get(i).score();
    }
    int[] groups =
        awr.baseline() == AwrConfig.Baseline.GROUP ? Groups.of(samples) : new int[scores.length];
    float[] advantages =
        GroupAdvantage.groupRelative(scores, groups, awr.scale(), GroupAdvantage.EPSILON);
    return AwrLoss.weights(advantages, awr.beta(), awr.maxWeight());
  }

  /** A row that is equal for equal prompts: a rollout need not have its prompt as turns. */
  private static PromptRow standIn(Sample sample) {
    return PromptRow.of(ChatTurn.user(Arrays.toString(sample.prompt())));
  }

  /**
   * Wants logged answers likelier, in proportion to their weight.
   *
   * @param maxWeight w_max
   */
  private record Imitation(double maxWeight) implements Objective<LoggedAnswer> {

    @Override
    public Work<Metrics> work(Learner learner, List<LoggedAnswer> rows, Accumulation accumulation) {
      return loss(rows).work(learner, rows);
    }

    @Override
    public Evaluation evaluate(
        LanguageModel model, List<LoggedAnswer> rows, Accumulation accumulation) {
      return heldOut(loss(rows).measure(model, rows, accumulation));
    }

    /** Returns the loss of parts of some rows. */
    private LossOfAnswers<LoggedAnswer> loss(List<LoggedAnswer> all) {
      long tokens = all.stream().mapToLong(LoggedAnswer::positions).sum();
      AwrLoss.Step step = new AwrLoss.Step(all.size(), tokens, maxWeight);
      return (logProbs, rows) ->
          AwrLoss.of(
              logProbs,
              rows.stream().mapToDouble(LoggedAnswer::weight).toArray(),
              rows.stream().mapToDouble(LoggedAnswer::score).toArray(),
              step);
    }

    /** Turns the mean squared weight into the share of the answers that count. */
    @Override
    public Map<String, Double> figures(Metrics metrics) {
      Map<String, Double> figures = new LinkedHashMap<>(metrics.values());
      double squared = figures.remove(AwrMetrics.SQUARED_WEIGHT);
      figures.put(AwrMetrics.EFFECTIVE, Math.pow(figures.get(AwrMetrics.WEIGHT), 2) / squared);
      return figures;
    }
  }
}
