package dev.parley.trainer.recipe.grpo;

/**
 * Names of what the GRPO losses measure beside {@link
 * dev.parley.trainer.policygradient.ClipMetrics}, as TRL logs them.
 */
public final class GrpoMetrics {
  /** The loss. */
  public static final String LOSS = "loss";

  /** Mean KL to the reference, nats per token. */
  public static final String KL = "kl";

  private GrpoMetrics() {}
}
