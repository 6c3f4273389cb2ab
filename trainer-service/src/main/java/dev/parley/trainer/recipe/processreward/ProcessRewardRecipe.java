package dev.parley.trainer.recipe.processreward;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.LabelledSteps;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.scores.HeldOutSteps;
import dev.parley.trainer.scores.ScoreObjective;
import java.util.Arrays;
import java.util.List;

/**
 * Process reward modelling: a model with a scalar head learns at the end of each step of an answer
 * whether the step is right (Lightman et al. 2023). See {@code docs/recipes/process-reward.md}.
 */
public final class ProcessRewardRecipe implements Recipe<ProcessRewardConfig> {

  @Override
  public Class<ProcessRewardConfig> configuration() {
    return ProcessRewardConfig.class;
  }

  @Override
  public Plan plan(ProcessRewardConfig config) {
    return training(config).plan("solutions");
  }

  @Override
  public boolean run(ProcessRewardConfig config, RunContext context) {
    context.log().progress("reading solutions", 0, 0, "rows", 0);
    OfflineTraining<LabelledSteps> training = training(config);
    training.warn(context);
    return training.run(context, new Steps(config.processReward().separator().text()));
  }

  private static OfflineTraining<LabelledSteps> training(ProcessRewardConfig config) {
    ProcessRewardConfig.ProcessReward own = config.processReward();
    return new OfflineTraining<>(
        RecipeName.PROCESS_REWARD,
        config,
        own,
        OfflineTraining.Kind.REWARD,
        SharedSettings.read(
            config,
            (source, encoder) ->
                LearningData.solutions(
                    source, encoder, own.separator().text(), own.neutral()::label)));
  }

  /** Learns which steps are right. */
  private record Steps(String separator) implements ScoreObjective<LabelledSteps> {

    @Override
    public LossTerm loss(NDArray scores, List<LabelledSteps> rows, List<LabelledSteps> step) {
      double[] labels = labels(rows);
      float[] targets = new float[labels.length];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = (float) labels[i];
      }
      long steps = step.stream().mapToLong(LabelledSteps::positions).sum();
      return StepLoss.of(scores, scores.getManager().create(targets), steps);
    }

    @Override
    public Evaluation judge(float[][] scores, List<LabelledSteps> rows) {
      double[] labels = labels(rows);
      float[] flat = new float[labels.length];
      int next = 0;
      for (float[] row : scores) {
        System.arraycopy(row, 0, flat, next, row.length);
        next += row.length;
      }
      return new HeldOutSteps(flat, labels, separator);
    }

    private static double[] labels(List<LabelledSteps> rows) {
      return rows.stream().flatMapToDouble(row -> Arrays.stream(row.labels())).toArray();
    }
  }
}
