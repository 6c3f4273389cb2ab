package dev.parley.trainer.recipe.rewardregression;

/**
 * Names of what learning from ratings measures: means over answers. {@link
 * dev.parley.trainer.recipe.StepMetrics} has the others.
 */
public final class RewardRegressionMetrics {
  /** Mean squared error, in the units that are learnt. */
  public static final String LOSS = "loss";

  /** Mean absolute error, in the units that are learnt. */
  public static final String ABSOLUTE_ERROR = "absolute_error";

  /** Mean score that the model gives. */
  public static final String MEAN_REWARD = "mean_reward";

  /** Mean squared error of the held-out answers, in the units that are learnt. */
  public static final String HELD_OUT_LOSS = "eval_loss";

  /** Share of the variance of the held-out scores that the model explains. */
  public static final String HELD_OUT_R2 = "eval_r2";

  /** Rank correlation of the held-out scores with the model's (Spearman 1904). */
  public static final String HELD_OUT_CORRELATION = "eval_rank_correlation";

  private RewardRegressionMetrics() {}
}
