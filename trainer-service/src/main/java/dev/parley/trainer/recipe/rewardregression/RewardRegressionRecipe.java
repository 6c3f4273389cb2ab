package dev.parley.trainer.recipe.rewardregression;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.Rated;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.scores.HeldOutAttributes;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.scores.ScoreObjective;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reward modelling from ratings: a model with a scalar head learns the number that people gave an
 * answer, or one for each of several attributes. See {@code docs/recipes/reward-regression.md}.
 */
public final class RewardRegressionRecipe implements Recipe<RewardRegressionConfig> {

  @Override
  public Class<RewardRegressionConfig> configuration() {
    return RewardRegressionConfig.class;
  }

  @Override
  public void check(RewardRegressionConfig config, Problems problems) {
    List<String> attributes = config.rewardRegression().attributes();
    problems.require(
        Set.copyOf(attributes).size() == attributes.size(),
        "reward-regression.attributes is "
            + String.join(",", attributes)
            + "; expected each attribute once");
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
        OfflineTraining.Kind.reward(own.attributes().size()),
        SharedSettings.read(
            config, (source, encoder) -> LearningData.ratings(source, encoder, own.attributes())));
  }

  private static Ratings objective(RewardRegressionConfig config, LearningData<Rated> data) {
    RewardRegressionConfig.RewardRegression own = config.rewardRegression();
    List<Scale> scales = new ArrayList<>();
    for (String attribute : own.attributes()) {
      int place = scales.size();
      double[] scores =
          data.train().stream()
              .mapToDouble(row -> row.scores()[place])
              .filter(score -> !Double.isNaN(score))
              .toArray();
      if (scores.length == 0) {
        throw new IllegalArgumentException(
            "no row to learn from has a score \"%s\", though held-out ones have; lower data.held-out"
                .formatted(attribute));
      }
      scales.add(own.standardise() ? Scale.standard(attribute, scores) : Scale.PLAIN);
    }
    return new Ratings(own.attributes(), scales);
  }

  /**
   * Learns scores.
   *
   * @param attributes which ones, K
   * @param scales make targets of scores, {@code [K]}
   */
  private record Ratings(List<String> attributes, List<Scale> scales)
      implements ScoreObjective<Rated> {

    @Override
    public LossTerm loss(NDArray scores, List<Rated> rows, List<Rated> step) {
      float[] targets = new float[rows.size() * scales.size()];
      float[] rated = new float[targets.length];
      for (int i = 0; i < targets.length; i++) {
        double target = target(rows.get(i / scales.size()), i % scales.size());
        rated[i] = Double.isNaN(target) ? 0 : 1;
        targets[i] = Double.isNaN(target) ? 0 : (float) target;
      }
      NDManager scope = scores.getManager();
      long ratings = step.stream().mapToLong(Rated::ratings).sum();
      return RegressionLoss.of(scores, scope.create(targets), scope.create(rated), ratings);
    }

    private double target(Rated row, int attribute) {
      return scales.get(attribute).target(row.scores()[attribute]);
    }

    @Override
    public Evaluation judge(float[][] scores, List<Rated> rows) {
      List<HeldOutRatings> all = new ArrayList<>();
      for (int k = 0; k < scales.size(); k++) {
        double[] predicted = new double[scores.length];
        double[] targets = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
          predicted[i] = scores[i][k];
          targets[i] = target(rows.get(i), k);
        }
        Scale scale = scales.get(k);
        all.add(
            HeldOutRatings.of(
                attributes.get(k), scale.mean(), scale.deviation(), predicted, targets));
      }
      return new HeldOutAttributes(all);
    }
  }
}
