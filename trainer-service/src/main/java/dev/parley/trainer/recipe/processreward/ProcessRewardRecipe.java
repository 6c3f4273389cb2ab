package dev.parley.trainer.recipe.processreward;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.LabelledSteps;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Evaluation;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Objective;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Pace;
import java.util.Arrays;
import java.util.List;

/**
 * Process reward modelling: a model with a scalar head learns at the end of each step of an answer
 * whether the step is right (Lightman et al. 2023). The loop is {@link RewardTraining}'s. See
 * {@code docs/recipes/process-reward.md}.
 */
public final class ProcessRewardRecipe implements Recipe<ProcessRewardConfig> {

  @Override
  public Class<ProcessRewardConfig> configuration() {
    return ProcessRewardConfig.class;
  }

  @Override
  public Plan plan(ProcessRewardConfig config) {
    LearningData<LabelledSteps> data = read(config);
    return training(config).plan(data, data.train());
  }

  @Override
  public boolean run(ProcessRewardConfig config, RunContext context) {
    context.log().progress("reading solutions", 0, 0, "rows", 0);
    LearningData<LabelledSteps> data = read(config);
    context.warnOfLeftOut(data);
    return training(config).run(data.train(), data.heldOut(), context);
  }

  private static RewardTraining<LabelledSteps> training(ProcessRewardConfig config) {
    ProcessRewardConfig.ProcessReward own = config.processReward();
    return new RewardTraining<>(
        "process-reward",
        config,
        config.optimizer(),
        new Pace(own.epochs(), own.batchSize(), own.evaluateEvery()),
        new Steps(own.separator().text()));
  }

  private static LearningData<LabelledSteps> read(ProcessRewardConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return LearningData.solutions(
          SharedSettings.rows(config.data(), config),
          encoder,
          config.processReward().separator().text(),
          config.processReward().neutral()::label);
    }
  }

  /** Learns which steps are right. */
  private record Steps(String separator) implements Objective<LabelledSteps> {

    @Override
    public String rows() {
      return "solutions";
    }

    @Override
    public int tokens(LabelledSteps row) {
      return row.tokens().length;
    }

    @Override
    public int longest(LabelledSteps row) {
      return row.tokens().length;
    }

    @Override
    public int scored(LabelledSteps row) {
      return row.ends().length;
    }

    @Override
    public Work<Metrics> work(Learner learner, List<LabelledSteps> batch) {
      return StepWork.of(learner, batch);
    }

    @Override
    public Evaluation evaluate(
        LanguageModel model, List<LabelledSteps> rows, Accumulation accumulation) {
      float[][] scores = new float[rows.size()][];
      accumulation.score(
          new Scoring(
              StepWork.lengths(rows),
              some -> {
                List<LabelledSteps> part = some.stream().map(rows::get).toList();
                TokenBatch tokens = StepWork.tokens(part);
                float[] all = model.scalars(tokens, StepWork.positions(part, tokens));
                int first = 0;
                for (int row : some) {
                  int end = first + rows.get(row).ends().length;
                  scores[row] = Arrays.copyOfRange(all, first, end);
                  first = end;
                }
              }));
      double[] labels = rows.stream().flatMapToDouble(row -> Arrays.stream(row.labels())).toArray();
      float[] flat = new float[labels.length];
      int next = 0;
      for (float[] row : scores) {
        System.arraycopy(row, 0, flat, next, row.length);
        next += row.length;
      }
      return new HeldOutSteps(flat, labels, separator);
    }
  }
}
