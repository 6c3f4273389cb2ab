package dev.parley.trainer.answers;

/**
 * Names of what recipes measure whose loss is made of ratios ρ between the policy and the one at
 * the beginning of the update, as TRL logs them, else as veRL does: means over tokens, then over
 * the update's steps.
 */
public final class RatioMetrics {

  /** {@code ½ mean (log ρ)²}: how far this step is from the policy that sampled. */
  public static final String APPROXIMATE_KL = "policy/approxkl_avg";

  /** Mean ρ. */
  public static final String RATIO = "val/ratio";

  /** Least ρ. */
  public static final String RATIO_LEAST = "val/ratio_min";

  /** Greatest ρ. */
  public static final String RATIO_GREATEST = "val/ratio_max";

  /** Mean entropy of the policy's distribution, nats. */
  public static final String ENTROPY = "policy/entropy_avg";

  /** 1 if a bound on the KL ended the update's passes, else 0. */
  public static final String STOPPED_EARLY = "policy/stopped_early";

  /** Mean importance weight, after truncation. */
  public static final String IMPORTANCE = "rollout_corr/rollout_is_mean";

  /** Effective share of the samples under these weights. */
  public static final String IMPORTANCE_SAMPLE_SIZE = "rollout_corr/rollout_is_eff_sample_size";

  /** Share of the tokens whose weight was truncated. */
  public static final String IMPORTANCE_TRUNCATED = "rollout_corr/rollout_is_truncated_fraction";

  private RatioMetrics() {}
}
