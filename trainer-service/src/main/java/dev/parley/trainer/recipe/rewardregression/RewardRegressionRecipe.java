package dev.parley.trainer.recipe.rewardregression;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.Rated;
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
import java.util.List;

/**
 * Reward modelling from ratings: a model with a scalar head learns the number that people gave an
 * answer. The loop is {@link RewardTraining}'s. See {@code docs/recipes/reward-regression.md}.
 */
public final class RewardRegressionRecipe implements Recipe<RewardRegressionConfig> {

  @Override
  public Class<RewardRegressionConfig> configuration() {
    return RewardRegressionConfig.class;
  }

  @Override
  public Plan plan(RewardRegressionConfig config) {
    LearningData<Rated> data = read(config);
    return training(config, data).plan(data, data.train());
  }

  @Override
  public boolean run(RewardRegressionConfig config, RunContext context) {
    context.log().progress("reading ratings", 0, 0, "rows", 0);
    LearningData<Rated> data = read(config);
    context.warnOfLeftOut(data);
    return training(config, data).run(data.train(), data.heldOut(), context);
  }

  private static RewardTraining<Rated> training(
      RewardRegressionConfig config, LearningData<Rated> data) {
    RewardRegressionConfig.RewardRegression own = config.rewardRegression();
    Scale scale = own.standardise() ? Scale.standard(data.train()) : Scale.PLAIN;
    return new RewardTraining<>(
        "reward-regression",
        config,
        config.optimizer(),
        new Pace(own.epochs(), own.batchSize(), own.evaluateEvery()),
        new Ratings(own.attribute(), scale));
  }

  private static LearningData<Rated> read(RewardRegressionConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return LearningData.ratings(
          SharedSettings.rows(config.data(), config),
          encoder,
          config.rewardRegression().attribute());
    }
  }

  /** Learns one score. */
  private record Ratings(String attribute, Scale scale) implements Objective<Rated> {

    @Override
    public String rows() {
      return "ratings";
    }

    @Override
    public int tokens(Rated row) {
      return row.tokens().length;
    }

    @Override
    public int longest(Rated row) {
      return row.tokens().length;
    }

    @Override
    public int scored(Rated row) {
      return 1;
    }

    @Override
    public Work<Metrics> work(Learner learner, List<Rated> batch) {
      return new RatingWork(learner, batch, scale);
    }

    @Override
    public Evaluation evaluate(LanguageModel model, List<Rated> rows, Accumulation accumulation) {
      double[] predicted = new double[rows.size()];
      accumulation.score(
          new Scoring(
              RatingWork.lengths(rows),
              some -> {
                float[] scores =
                    model.finalScalars(
                        TokenBatch.of(some.stream().map(row -> rows.get(row).tokens()).toList()));
                for (int i = 0; i < scores.length; i++) {
                  predicted[some.get(i)] = scores[i];
                }
              }));
      double[] targets = rows.stream().mapToDouble(row -> scale.target(row.score())).toArray();
      return new HeldOutRatings(attribute, scale, predicted, targets);
    }
  }
}
