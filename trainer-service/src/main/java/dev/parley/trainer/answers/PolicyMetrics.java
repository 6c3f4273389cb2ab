package dev.parley.trainer.answers;

import dev.parley.trainer.onpolicy.OnPolicyMetrics;

/** Names of what recipes without a critic measure beside {@link OnPolicyMetrics}. */
public final class PolicyMetrics {

  /** Mean over groups of the standard deviation of their scores, as OpenRLHF logs it. */
  public static final String SPREAD = "group_reward_std";

  /** Share of the groups whose answers all have the same score, as TRL logs it. */
  public static final String WITHOUT_SPREAD = "frac_reward_zero_std";

  /** Optimizer steps of the update. */
  public static final String OPTIMIZER_STEPS = "optimizer_steps";

  private PolicyMetrics() {}
}
