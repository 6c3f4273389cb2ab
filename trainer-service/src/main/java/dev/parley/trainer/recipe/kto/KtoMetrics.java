package dev.parley.trainer.recipe.kto;

/** Names of what the KTO loss measures, as TRL logs them. Sums are over the global batch. */
public final class KtoMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  /** Sum of the implicit rewards of desirable answers. */
  public static final String CHOSEN_REWARDS = "rewards/chosen_sum";

  /** Number of desirable answers. */
  public static final String CHOSEN_COUNT = "count/chosen";

  /** Sum of the implicit rewards of undesirable answers. */
  public static final String REJECTED_REWARDS = "rewards/rejected_sum";

  /** Number of undesirable answers. */
  public static final String REJECTED_COUNT = "count/rejected";

  private KtoMetrics() {}
}
