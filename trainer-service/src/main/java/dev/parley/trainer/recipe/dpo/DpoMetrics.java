package dev.parley.trainer.recipe.dpo;

/** Names of what the DPO losses measure, as TRL logs them: means over the global pairs. */
public final class DpoMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  /** Mean implicit reward of the chosen answers, β a. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean implicit reward of the rejected answers, β b. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** Fraction of the pairs whose chosen answer has the strictly higher implicit reward. */
  public static final String ACCURACY = "rewards/accuracies";

  /** Mean β (a − b). */
  public static final String MARGIN = "rewards/margins";

  private DpoMetrics() {}
}
