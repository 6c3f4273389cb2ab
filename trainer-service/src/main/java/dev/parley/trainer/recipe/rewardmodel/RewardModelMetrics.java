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

  /**
   * Fraction of the held-out pairs whose chosen answer has the higher reward; a tie counts half.
   */
  public static final String HELD_OUT_ACCURACY = "eval_accuracy";

  /** Lower bound of the 95% interval of {@link #HELD_OUT_ACCURACY} (Wilson 1927). */
  public static final String HELD_OUT_ACCURACY_LOWER = "eval_accuracy_lower";

  /** Upper bound of the 95% interval of {@link #HELD_OUT_ACCURACY} (Wilson 1927). */
  public static final String HELD_OUT_ACCURACY_UPPER = "eval_accuracy_upper";

  /** Mean −log σ(r_chosen − r_rejected) of the held-out pairs. */
  public static final String HELD_OUT_LOSS = "eval_loss";

  private RewardModelMetrics() {}
}
