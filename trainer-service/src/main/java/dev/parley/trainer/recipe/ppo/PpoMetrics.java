package dev.parley.trainer.recipe.ppo;

/**
 * Names of what PPO measures beside {@link dev.parley.trainer.onpolicy.OnPolicyMetrics}, as TRL
 * logs them, else as OpenRLHF, veRL or NeMo RL do; {@code docs/recipes/ppo.md} has the formulas.
 * Losses are means over the action tokens of a minibatch, then over the update's steps; values are
 * those before the update's first step.
 */
public final class PpoMetrics {

  /** L_policy. */
  public static final String POLICY_LOSS = "loss/policy_avg";

  /** Fraction of the tokens whose clipped term was the larger one. */
  public static final String POLICY_CLIP_FRACTION = "policy/clipfrac_avg";

  /** Fraction of the tokens bounded by the dual clip. */
  public static final String POLICY_DUAL_CLIP_FRACTION = "policy/clipfrac_lower_avg";

  /** {@code mean −log ρ}, the k1 estimate of the same. */
  public static final String POLICY_KL = "policy/policykl_avg";

  /** {@code mean (ρ − 1)²}: the variance of ρ about the 1 that it starts from. */
  public static final String RATIO_VARIANCE = "val/ratio_var";

  /** Mean KL to the reference where it is a term of the loss, nats per token. */
  public static final String KL_LOSS = "loss/kl_avg";

  /** Loss of the pre-training mix, before its coefficient. */
  public static final String PTX_LOSS = "loss/ptx_avg";

  private PpoMetrics() {}
}
