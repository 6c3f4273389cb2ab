package dev.parley.trainer.recipe.rewardmodel;

/**
 * Names of what reward modelling measures, as TRL logs them: means over the global pairs, ties
 * aside in accuracy and margin. {@link dev.parley.trainer.recipe.StepMetrics} has the others.
 */
public final class RewardModelMetrics {
  /** The whole loss, centring included. */
  public static final String LOSS = "loss";

  /** Fraction of the pairs whose chosen answer has the strictly higher reward. */
  public static final String ACCURACY = "accuracy";

  /** Mean r_chosen − r_rejected, without the label's margin. */
  public static final String MARGIN = "margin";

  /** Mean reward of all answers, chosen and rejected. */
  public static final String MEAN_REWARD = "mean_reward";

  /** Least reward. */
  public static final String LEAST_REWARD = "min_reward";

  /** Greatest reward. */
  public static final String GREATEST_REWARD = "max_reward";

  private RewardModelMetrics() {}
}
