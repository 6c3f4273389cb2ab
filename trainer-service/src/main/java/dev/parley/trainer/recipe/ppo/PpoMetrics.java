package dev.parley.trainer.recipe.ppo;

/**
 * Names of what PPO measures, as TRL logs them, else as OpenRLHF, veRL or NeMo RL do; {@code
 * docs/recipes/ppo.md} has the formulas.
 */
public final class PpoMetrics {
  // --- the losses: means over the action tokens of a minibatch, then over the update's steps ---

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

  // --- the optimizers: means over the update's steps ---

  /** Learning rate of the policy's newest step. */
  public static final String LEARNING_RATE = "lr";

  /** Learning rate of the value function's newest step. */
  public static final String VALUE_LEARNING_RATE = "critic/lr";

  /** Norm of the policy's gradient, before clipping. */
  public static final String GRADIENT_NORM = "actor/grad_norm";

  /** Norm of the value function's gradient, before clipping. */
  public static final String VALUE_GRADIENT_NORM = "critic/grad_norm";

  /** Optimizer steps of the update. */
  public static final String OPTIMIZER_STEPS = "ppo/optimizer_steps";

  /** 1 if ppo.target-kl ended the update's passes, else 0. */
  public static final String STOPPED_EARLY = "policy/stopped_early";

  // --- the objective: means over the update's answers, before its first step ---

  /** KL to the reference, nats per answer. */
  public static final String KL = "objective/kl";

  /** β. */
  public static final String KL_COEFFICIENT = "objective/kl_coef";

  /** Score, as the reward service gave it. */
  public static final String SCORES = "objective/scores";

  /** Standard deviation of the scores. */
  public static final String SCORES_DEVIATION = "objective/scores_std";

  /** What the KL takes from the reward, negative. */
  public static final String NON_SCORE_REWARD = "objective/non_score_reward";

  /** Score and KL together: what is maximised. */
  public static final String RLHF_REWARD = "objective/rlhf_reward";

  /** −log π of the answer, nats: an estimate of the entropy of whole answers. */
  public static final String ANSWER_ENTROPY = "objective/entropy";

  /** Answers learnt from since the run began. */
  public static final String EPISODE = "episode";

  // --- the value function before the update's first step: over all action tokens ---

  /** 1 − Var(R − V) / Var(R). */
  public static final String EXPLAINED_VARIANCE = "critic/vf_explained_var";

  /** Mean value. */
  public static final String VALUES = "critic/values/mean";

  /** Mean return. */
  public static final String RETURNS = "critic/returns/mean";

  // --- the answers ---

  /** Tokens of an answer. */
  public static final String RESPONSE_LENGTH = "response_length/mean";

  /** Tokens of the shortest answer. */
  public static final String RESPONSE_LENGTH_LEAST = "response_length/min";

  /** Tokens of the longest answer. */
  public static final String RESPONSE_LENGTH_GREATEST = "response_length/max";

  /** Share of the answers that did not end by themselves. */
  public static final String RESPONSE_CUT_OFF = "response_length/clip_ratio";

  /** Tokens of a prompt. */
  public static final String PROMPT_LENGTH = "prompt_length/mean";

  /** Answers that ended by themselves. */
  public static final String ENDED = "val/num_eos_tokens";

  // --- the rollouts ---

  /** Answers learnt from. */
  public static final String SAMPLES = "rollout/num_samples";

  /** Answers that could not be learnt from. */
  public static final String KEPT_OUT = "rollout/kept_out";

  /** Rollouts that came a second time, since the process began. */
  public static final String DUPLICATES = "rollout/duplicates";

  /** Versions by which the answers are older than the weights that learn from them. */
  public static final String STALENESS = "rollout/staleness";

  /** Median |log π − log π'| over tokens, π' as the policy service computed it. */
  public static final String LOG_PROB_GAP = "rollout/logprob_gap_median";

  /** The greatest of the same. */
  public static final String LOG_PROB_GAP_GREATEST = "rollout/logprob_gap_max";

  /** Mean exp |log π − log π'|, as NeMo RL watches it. */
  public static final String PROBABILITY_ERROR = "train/token_mult_prob_error";

  /** 1 if log π_old was taken from the rollouts, 0 if it was computed again. */
  public static final String OLD_LOG_PROBS_REUSED = "rollout/old_logprobs_reused";

  /** Mean importance weight, after truncation. */
  public static final String IMPORTANCE = "rollout_corr/rollout_is_mean";

  /** Effective share of the samples under these weights. */
  public static final String IMPORTANCE_SAMPLE_SIZE = "rollout_corr/rollout_is_eff_sample_size";

  /** Share of the tokens whose weight was truncated. */
  public static final String IMPORTANCE_TRUNCATED = "rollout_corr/rollout_is_truncated_fraction";

  private PpoMetrics() {}
}
