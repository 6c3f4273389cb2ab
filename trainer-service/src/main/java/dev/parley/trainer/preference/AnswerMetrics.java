package dev.parley.trainer.preference;

/**
 * Names of what is measured of good answers and of bad ones, as TRL logs them: means over the
 * global batch. What an answer's implicit reward is, the recipe's page says.
 */
public final class AnswerMetrics {
  /** Mean implicit reward of the chosen or desirable answers. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean implicit reward of the rejected or undesirable answers. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** The former less the latter. */
  public static final String MARGIN = "rewards/margins";

  private AnswerMetrics() {}
}
