package dev.parley.trainer.preference;

/** Name of what a recipe over pairs measures of the chosen answers, which it may also imitate. */
public final class ImitationMetrics {
  /** Mean negative log-probability of the chosen answers' tokens, nats. */
  public static final String NLL_LOSS = "nll_loss";

  private ImitationMetrics() {}
}
