package dev.parley.trainer.recipe.simpo;

/**
 * Names of what SimPO measures beside {@link dev.parley.trainer.preference.PairMetrics}, as TRL
 * logs them: means over the global pairs. Over the held-out pairs, the same with {@code eval_}
 * before them.
 */
public final class SimPoMetrics {
  /** The whole loss, the part that imitates the chosen answers included. */
  public static final String LOSS = "loss";

  private SimPoMetrics() {}
}
