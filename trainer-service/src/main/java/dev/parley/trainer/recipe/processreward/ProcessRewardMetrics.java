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

  private ProcessRewardMetrics() {}
}
