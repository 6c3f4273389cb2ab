package dev.parley.trainer.recipe.rewardregression;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The loss of a reward model that learns from ratings: the mean squared error. */
public final class RegressionLoss {
  private RegressionLoss() {}

  /**
   * The loss of a micro-batch of R answers by K attributes.
   *
   * @param scores r, {@code [R·K]}, with gradient
   * @param targets y, {@code [R·K]}; any number where there is no rating
   * @param rated 1 where there is a rating, else 0, {@code [R·K]}
   * @param ratings of the global batch
   */
  public static LossTerm of(NDArray scores, NDArray targets, NDArray rated, long ratings) {
    NDArray difference = scores.sub(targets).mul(rated);
    NDArray loss = difference.square().sum().div(number(scores, ratings));
    NDArray away = difference.stopGradient();
    NDArray given = scores.stopGradient().mul(rated);
    Metrics metrics =
        Metrics.read()
            .sum(RewardRegressionMetrics.LOSS, loss.stopGradient())
            .sum(
                RewardRegressionMetrics.ABSOLUTE_ERROR,
                away.abs().sum().div(number(scores, ratings)))
            .sum(RewardRegressionMetrics.MEAN_REWARD, given.sum().div(number(scores, ratings)))
            .now();
    return new LossTerm(loss, metrics);
  }
}
