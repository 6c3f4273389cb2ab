package dev.parley.trainer.recipe.kto;

/**
 * Names of what KTO measures, as TRL logs them. Over the held-out answers, the same with {@code
 * eval_} before them.
 */
public final class KtoMetrics {
  /** The loss, mean over all answers. */
  public static final String LOSS = "loss";

  /** Number of desirable answers. */
  public static final String CHOSEN_COUNT = "count/chosen";

  /** Number of undesirable answers. */
  public static final String REJECTED_COUNT = "count/rejected";

  /** Mean implicit reward of the desirable answers, β x. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean implicit reward of the undesirable answers. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** The former less the latter. */
  public static final String MARGIN = "rewards/margins";

  /** Mean log π of the desirable answers, summed over their tokens. */
  public static final String CHOSEN_LOG_PROB = "logps/chosen";

  /** The same of the undesirable answers. */
  public static final String REJECTED_LOG_PROB = "logps/rejected";

  /** z_0, nats per answer. */
  public static final String REFERENCE_POINT = "kl";

  private KtoMetrics() {}
}
