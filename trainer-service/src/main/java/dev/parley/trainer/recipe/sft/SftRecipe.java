package dev.parley.trainer.recipe.sft;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Supervised fine-tuning: the model learns to continue conversations as the demonstrations do. Only
 * the assistant's tokens are learnt. See {@code docs/recipes/sft.md}.
 */
public final class SftRecipe implements Recipe<SftConfig> {

  @Override
  public Class<SftConfig> configuration() {
    return SftConfig.class;
  }

  @Override
  public Plan plan(SftConfig config) {
    return training(config).plan("demonstrations");
  }

  @Override
  public boolean run(SftConfig config, RunContext context) {
    context.log().progress("reading demonstrations", 0, 0, "rows", 0);
    OfflineTraining<LearningSequence> training = training(config);
    training.warn(context);
    return training.run(context, new Imitation());
  }

  private static OfflineTraining<LearningSequence> training(SftConfig config) {
    return new OfflineTraining<>(
        RecipeName.SFT,
        config,
        config.sft(),
        OfflineTraining.Kind.POLICY,
        SharedSettings.read(config, LearningData::demonstrations));
  }

  /** Wants the assistant's tokens likely. */
  private record Imitation() implements Objective<LearningSequence> {

    @Override
    public Work<Metrics> work(
        Learner learner, List<LearningSequence> rows, Accumulation accumulation) {
      return SftWork.of(learner, rows, 1, SftMetrics.LOSS);
    }

    @Override
    public Evaluation evaluate(
        LanguageModel model, List<LearningSequence> rows, Accumulation accumulation) {
      Map<String, Double> loss =
          Map.of(SftMetrics.HELD_OUT_LOSS, meanLoss(model, rows, accumulation));
      return () -> loss;
    }
  }

  /** Returns the mean negative log-probability of the label tokens of all rows. */
  private static double meanLoss(
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
