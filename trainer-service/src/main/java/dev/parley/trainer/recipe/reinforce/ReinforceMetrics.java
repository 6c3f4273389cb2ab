package dev.parley.trainer.recipe.reinforce;

import dev.parley.trainer.recipe.grpo.GrpoMetrics;

/** Names of what the REINFORCE++ loss measures: means over the tokens of the update. */
public final class ReinforceMetrics {
  /** The loss. */
  public static final String LOSS = GrpoMetrics.LOSS;

  /** Fraction clipped from below: A negative and ρ under 1 − ε_low. */
  public static final String CLIPPED_LOW = GrpoMetrics.CLIPPED_LOW;

  /** Fraction clipped from above: A positive and ρ over 1 + ε_high. */
  public static final String CLIPPED_HIGH = GrpoMetrics.CLIPPED_HIGH;

  /** Fraction clipped at either end. */
  public static final String CLIPPED = GrpoMetrics.CLIPPED;

  private ReinforceMetrics() {}
}
