package dev.parley.trainer.preference;

/** Names of how likely good answers and bad ones are, as TRL logs them. */
public final class LogProbMetrics {
  /** Mean log π of the chosen or desirable answers, summed over their tokens. */
  public static final String CHOSEN = "logps/chosen";

  /** Mean log π of the rejected or undesirable answers, summed over their tokens. */
  public static final String REJECTED = "logps/rejected";

  private LogProbMetrics() {}
}
