package dev.parley.trainer.recipe.rewardregression;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The loss of a reward model that learns from ratings: the mean squared error. */
public final class RegressionLoss {
  private RegressionLoss() {}

  /**
   * The loss of a micro-batch.
   *
   * @param scores r, {@code [R]}, with gradient
   * @param targets y, {@code [R]}
   * @param answers answers of the global batch
   */
  public static LossTerm of(NDArray scores, NDArray targets, long answers) {
    NDArray difference = scores.sub(targets);
    NDArray loss = difference.square().sum().div(number(scores, answers));
    NDArray away = difference.stopGradient();
    Metrics metrics =
        Metrics.read()
            .sum(RewardRegressionMetrics.LOSS, loss.stopGradient())
            .sum(
                RewardRegressionMetrics.ABSOLUTE_ERROR,
                away.abs().sum().div(number(scores, answers)))
            .sum(
                RewardRegressionMetrics.MEAN_REWARD,
                scores.stopGradient().sum().div(number(scores, answers)))
            .now();
    return new LossTerm(loss, metrics);
  }
}
