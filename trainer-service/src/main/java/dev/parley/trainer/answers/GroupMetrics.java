package dev.parley.trainer.answers;

/** Names of what {@link Groups} tells of answers to the same prompt. */
public final class GroupMetrics {

  /** Mean over groups of the standard deviation of their scores, as OpenRLHF logs it. */
  public static final String SPREAD = "group_reward_std";

  /** Share of the groups whose answers all have the same score, as TRL logs it. */
  public static final String WITHOUT_SPREAD = "frac_reward_zero_std";

  private GroupMetrics() {}
}
