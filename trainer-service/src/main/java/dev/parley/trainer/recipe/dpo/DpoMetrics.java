package dev.parley.trainer.recipe.dpo;

/**
 * Name of what DPO measures beside what {@link dev.parley.trainer.preference} names, as TRL logs
 * it: a mean over the global pairs. Over the held-out pairs, the same with {@code eval_} before it.
 */
public final class DpoMetrics {
  /** The whole loss, the part that imitates the chosen answers included. */
  public static final String LOSS = "loss";

  private DpoMetrics() {}
}
