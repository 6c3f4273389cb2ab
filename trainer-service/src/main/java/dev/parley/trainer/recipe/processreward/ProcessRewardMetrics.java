package dev.parley.trainer.recipe.processreward;

/**
 * Names of what process reward modelling measures: means over labelled steps. {@link
 * dev.parley.trainer.recipe.StepMetrics} has the others.
 */
public final class ProcessRewardMetrics {
  /** Mean cross-entropy of the steps' labels. */
  public static final String LOSS = "loss";

  /** Share of the steps that are on the right side of ½. */
  public static final String ACCURACY = "accuracy";

  /** Mean label: what saying "right" always would come to. */
  public static final String GOOD_SHARE = "good_share";

  /** Mean probability that the model gives a step. */
  public static final String MEAN_PROBABILITY = "mean_probability";

  /** Share of the held-out steps that are on the right side of ½. */
  public static final String HELD_OUT_ACCURACY = "eval_accuracy";

  /** Lower bound of the 95% interval of {@link #HELD_OUT_ACCURACY} (Wilson 1927). */
  public static final String HELD_OUT_ACCURACY_LOWER = "eval_accuracy_lower";

  /** Upper bound of the 95% interval of {@link #HELD_OUT_ACCURACY} (Wilson 1927). */
  public static final String HELD_OUT_ACCURACY_UPPER = "eval_accuracy_upper";

  /** Mean cross-entropy of the held-out steps. */
  public static final String HELD_OUT_LOSS = "eval_loss";

  /** Probability that a right held-out step scores above a wrong one. */
  public static final String HELD_OUT_AUC = "eval_auc";

  /** Mean label of the held-out steps. */
  public static final String HELD_OUT_GOOD_SHARE = "eval_good_share";

  private ProcessRewardMetrics() {}
}
