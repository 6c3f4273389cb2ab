package dev.parley.trainer.recipe.dpo;

/**
 * Names of what DPO measures, as TRL logs them: means over the global pairs. Over the held-out
 * pairs, the same with {@code eval_} before them.
 */
public final class DpoMetrics {
  /** The whole loss, the part that imitates the chosen answers included. */
  public static final String LOSS = "loss";

  /** Mean implicit reward of the chosen answers, β a. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean implicit reward of the rejected answers, β b. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** Fraction of the pairs whose chosen answer has the strictly higher implicit reward. */
  public static final String ACCURACY = "rewards/accuracies";

  /** Mean β (a − b). */
  public static final String MARGIN = "rewards/margins";

  /** Mean log π of the chosen answers, summed over their tokens. */
  public static final String CHOSEN_LOG_PROB = "logps/chosen";

  /** Mean log π of the rejected answers, summed over their tokens. */
  public static final String REJECTED_LOG_PROB = "logps/rejected";

  private DpoMetrics() {}
}
