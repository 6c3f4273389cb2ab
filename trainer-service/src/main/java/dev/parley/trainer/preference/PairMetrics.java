package dev.parley.trainer.preference;

/**
 * Names of what the losses of pairs measure, as TRL logs them: means over the global pairs. What an
 * answer's implicit reward is, the recipe's page says.
 */
public final class PairMetrics {
  /** Mean implicit reward of the chosen answers. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean implicit reward of the rejected answers. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** Fraction of the pairs whose chosen answer has the strictly higher implicit reward. */
  public static final String ACCURACY = "rewards/accuracies";

  /** Mean difference of the two. */
  public static final String MARGIN = "rewards/margins";

  private PairMetrics() {}
}
