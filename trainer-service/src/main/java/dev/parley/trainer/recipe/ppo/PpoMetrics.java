package dev.parley.trainer.recipe.ppo;

/**
 * Names of what the PPO losses measure, as TRL logs them. All but the extremes are means over the
 * action tokens of the global batch.
 */
public final class PpoMetrics {
  /** L_policy. */
  public static final String POLICY_LOSS = "loss/policy_avg";

  /** Fraction of the tokens whose clipped term was the larger one. */
  public static final String POLICY_CLIP_FRACTION = "policy/clipfrac_avg";

  /** Fraction of the tokens bounded by the dual clip. */
  public static final String POLICY_DUAL_CLIP_FRACTION = "policy/clipfrac_lower_avg";

  /** {@code ½ mean (log ρ)²}: how far this step is from the policy that sampled. */
  public static final String APPROXIMATE_KL = "policy/approxkl_avg";

  /** {@code mean −log ρ}, the k1 estimate of the same. */
  public static final String POLICY_KL = "policy/policykl_avg";

  /** Mean ρ. */
  public static final String RATIO = "val/ratio";

  /** {@code mean (ρ − 1)²}: the variance of ρ about the 1 that it starts from. */
  public static final String RATIO_VARIANCE = "val/ratio_var";

  /** Least ρ. */
  public static final String RATIO_LEAST = "val/ratio_min";

  /** Greatest ρ. */
  public static final String RATIO_GREATEST = "val/ratio_max";

  /** L_value, before its coefficient. */
  public static final String VALUE_LOSS = "loss/value_avg";

  /** Fraction of the tokens whose clipped squared error was the larger one. */
  public static final String VALUE_CLIP_FRACTION = "val/clipfrac_avg";

  /** {@code mean (V − R)²}. */
  public static final String VALUE_ERROR = "val/error";

  /** Mean entropy of the policy's distribution, nats. */
  public static final String ENTROPY = "policy/entropy_avg";

  /** Mean KL to the reference where it is a term of the loss, nats per token. */
  public static final String KL_LOSS = "loss/kl_avg";

  /** Loss of the pre-training mix, before its coefficient. */
  public static final String PTX_LOSS = "loss/ptx_avg";

  private PpoMetrics() {}
}
