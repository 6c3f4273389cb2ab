package dev.parley.trainer.recipe.reinforce;

/**
 * Names of what the REINFORCE++ loss measures beside {@link
 * dev.parley.trainer.policygradient.ClipMetrics}: means over the tokens of the update.
 */
public final class ReinforceMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  private ReinforceMetrics() {}
}
