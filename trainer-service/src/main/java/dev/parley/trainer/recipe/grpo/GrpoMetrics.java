package dev.parley.trainer.recipe.grpo;

/**
 * Names of what the GRPO losses measure, as TRL logs them: means over the tokens of the global
 * batch, or over its answers where the ratio is that of an answer.
 */
public final class GrpoMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  /** Mean KL to the reference, nats per token. */
  public static final String KL = "kl";

  /** Fraction clipped from below: A negative and ρ under 1 − ε_low. */
  public static final String CLIPPED_LOW = "clip_ratio/low_mean";

  /** Fraction clipped from above: A positive and ρ over 1 + ε_high. */
  public static final String CLIPPED_HIGH = "clip_ratio/high_mean";

  /** Fraction clipped at either end. */
  public static final String CLIPPED = "clip_ratio/region_mean";

  private GrpoMetrics() {}
}
