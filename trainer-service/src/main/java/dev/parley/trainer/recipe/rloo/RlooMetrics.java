package dev.parley.trainer.recipe.rloo;

/** Names of what the RLOO loss measures, as TRL logs them: means over the answers of the batch. */
public final class RlooMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  /** Fraction of the answers whose ratio was clipped. */
  public static final String CLIPPED = "clip_ratio/region_mean";

  private RlooMetrics() {}
}
