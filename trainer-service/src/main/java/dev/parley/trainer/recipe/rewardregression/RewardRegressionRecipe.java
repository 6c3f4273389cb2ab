package dev.parley.trainer.recipe.rewardregression;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.Rated;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.scores.ScoreObjective;
import java.util.List;

/**
 * Reward modelling from ratings: a model with a scalar head learns the number that people gave an
 * answer. See {@code docs/recipes/reward-regression.md}.
 */
public final class RewardRegressionRecipe implements Recipe<RewardRegressionConfig> {

  @Override
  public Class<RewardRegressionConfig> configuration() {
    return RewardRegressionConfig.class;
  }

  @Override
  public Plan plan(RewardRegressionConfig config) {
    OfflineTraining<Rated> training = training(config);
    objective(config, training.data());
    return training.plan("ratings");
  }

  @Override
  public boolean run(RewardRegressionConfig config, RunContext context) {
    context.log().progress("reading ratings", 0, 0, "rows", 0);
    OfflineTraining<Rated> training = training(config);
    training.warn(context);
    return training.run(context, objective(config, training.data()));
  }

  private static OfflineTraining<Rated> training(RewardRegressionConfig config) {
    RewardRegressionConfig.RewardRegression own = config.rewardRegression();
    return new OfflineTraining<>(
        RecipeName.REWARD_REGRESSION,
        config,
        own,
        OfflineTraining.Kind.REWARD,
        SharedSettings.read(
            config, (source, encoder) -> LearningData.ratings(source, encoder, own.attribute())));
  }

  private static Ratings objective(RewardRegressionConfig config, LearningData<Rated> data) {
    RewardRegressionConfig.RewardRegression own = config.rewardRegression();
    return new Ratings(
        own.attribute(), own.standardise() ? Scale.standard(data.train()) : Scale.PLAIN);
  }

  /**
   * Learns one score.
   *
   * @param attribute which one
   * @param scale makes targets of scores
   */
  private record Ratings(String attribute, Scale scale) implements ScoreObjective<Rated> {

    @Override
    public LossTerm loss(NDArray scores, List<Rated> rows, List<Rated> step) {
      float[] targets = new float[rows.size()];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = (float) scale.target(rows.get(i).score());
      }
      return RegressionLoss.of(scores, scores.getManager().create(targets), step.size());
    }

    @Override
    public Evaluation judge(float[][] scores, List<Rated> rows) {
      double[] predicted = new double[scores.length];
      double[] targets = new double[scores.length];
      for (int i = 0; i < scores.length; i++) {
        predicted[i] = scores[i][0];
        targets[i] = scale.target(rows.get(i).score());
      }
      return new HeldOutRatings(attribute, scale.mean(), scale.deviation(), predicted, targets);
    }
  }
}
