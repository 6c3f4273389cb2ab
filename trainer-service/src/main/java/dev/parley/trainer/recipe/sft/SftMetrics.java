package dev.parley.trainer.recipe.sft;

/**
 * Names of what SFT measures, as TRL logs them; {@link dev.parley.trainer.recipe.StepMetrics} has
 * the others.
 */
public final class SftMetrics {
  /** Mean negative log-probability of the label tokens of the global batch, nats. */
  public static final String LOSS = "loss";

  /** The same over all held-out rows. */
  public static final String HELD_OUT_LOSS = "eval_loss";

  private SftMetrics() {}
}
