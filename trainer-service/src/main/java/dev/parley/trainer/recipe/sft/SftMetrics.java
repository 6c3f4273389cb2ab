package dev.parley.trainer.recipe.sft;

/** Names of what the SFT loss measures, as TRL logs them. */
public final class SftMetrics {
  /** Mean negative log-probability of the label tokens of the global batch, nats. */
  public static final String LOSS = "loss";

  private SftMetrics() {}
}
