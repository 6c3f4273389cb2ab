package dev.parley.trainer.recipe.simpo;

/**
 * Names of what SimPO measures, as TRL logs them: means over the global pairs. Over the held-out
 * pairs, the same with {@code eval_} before them.
 */
public final class SimPoMetrics {
  /** The whole loss, the part that imitates the chosen answers included. */
  public static final String LOSS = "loss";

  /** Mean β c. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean β r. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** Fraction of the pairs with c strictly above r. */
  public static final String ACCURACY = "rewards/accuracies";

  /** Mean β (c − r). */
  public static final String MARGIN = "rewards/margins";

  private SimPoMetrics() {}
}
