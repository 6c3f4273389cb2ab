package dev.parley.trainer.recipe.rewardregression;

/**
 * Names of what learning from ratings measures: means over ratings. {@link
 * dev.parley.trainer.recipe.StepMetrics} has the others.
 */
public final class RewardRegressionMetrics {
  /** Mean squared error, in the units that are learnt. */
  public static final String LOSS = "loss";

  /** Mean absolute error, in the units that are learnt. */
  public static final String ABSOLUTE_ERROR = "absolute_error";

  /** Mean score that the model gives where there is a rating. */
  public static final String MEAN_REWARD = "mean_reward";

  private RewardRegressionMetrics() {}
}
