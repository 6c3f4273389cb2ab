package dev.parley.trainer.recipe.dpo;

/**
 * Names of what DPO measures beside {@link dev.parley.trainer.preference.PairMetrics}, as TRL logs
 * them: means over the global pairs. Over the held-out pairs, the same with {@code eval_} before
 * them.
 */
public final class DpoMetrics {
  /** The whole loss, the part that imitates the chosen answers included. */
  public static final String LOSS = "loss";

  /** Mean log π of the chosen answers, summed over their tokens. */
  public static final String CHOSEN_LOG_PROB = "logps/chosen";

  /** Mean log π of the rejected answers, summed over their tokens. */
  public static final String REJECTED_LOG_PROB = "logps/rejected";

  private DpoMetrics() {}
}
