package dev.parley.trainer.onpolicy;

/**
 * Names of what every recipe measures that learns from its own answers, as TRL logs them, else as
 * OpenRLHF, veRL or NeMo RL do. The objective and the answers are means over the update's answers
 * before its first step.
 */
public final class OnPolicyMetrics {

  /** Learning rate of the policy's newest step. */
  public static final String LEARNING_RATE = "lr";

  /** Norm of the policy's gradient, before clipping. */
  public static final String GRADIENT_NORM = "actor/grad_norm";

  /** Optimizer steps of the update. */
  public static final String OPTIMIZER_STEPS = "optimizer_steps";

  /** KL to the reference, nats per answer. */
  public static final String KL = "objective/kl";

  /** β. */
  public static final String KL_COEFFICIENT = "objective/kl_coef";

  /** Score, as the reward service gave it. */
  public static final String SCORES = "objective/scores";

  /** Standard deviation of the scores. */
  public static final String SCORES_DEVIATION = "objective/scores_std";

  /** Share of the answers whose score was clipped; where reward.clip is not 0. */
  public static final String SCORES_CLIPPED = "objective/scores_clip_ratio";

  /** What the KL takes from the reward, negative. */
  public static final String NON_SCORE_REWARD = "objective/non_score_reward";

  /** Score and KL together: what is maximised. */
  public static final String RLHF_REWARD = "objective/rlhf_reward";

  /** −log π of the answer, nats: an estimate of the entropy of whole answers. */
  public static final String ANSWER_ENTROPY = "objective/entropy";

  /** Answers learnt from since the run began. */
  public static final String EPISODE = "episode";

  /** Tokens of an answer. */
  public static final String RESPONSE_LENGTH = "response_length/mean";

  /** Tokens of the shortest answer. */
  public static final String RESPONSE_LENGTH_LEAST = "response_length/min";

  /** Tokens of the longest answer. */
  public static final String RESPONSE_LENGTH_GREATEST = "response_length/max";

  /** Share of the answers that did not end by themselves. */
  public static final String RESPONSE_CUT_OFF = "response_length/clip_ratio";

  /** Share of the answers that begin like a refusal. */
  public static final String REFUSALS = "response/refusal_share";

  /** Tokens of a prompt. */
  public static final String PROMPT_LENGTH = "prompt_length/mean";

  /** Answers that ended by themselves. */
  public static final String ENDED = "val/num_eos_tokens";

  /** Answers learnt from. */
  public static final String SAMPLES = "rollout/num_samples";

  /** Answers that could not be learnt from. */
  public static final String KEPT_OUT = "rollout/kept_out";

  /** Prompts asked once more, because too few answers could be learnt from. */
  public static final String ASKED_AGAIN = "rollout/asked_again";

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

  /** What answers lost for their length, on average; where reward.overlong-buffer is set. */
  public static final String OVERLONG_PENALTY = "objective/overlong_penalty";

  /** Mean of a named part of the score: its name comes after, as NeMo RL has it. */
  public static final String COMPONENT = "reward/";

  private OnPolicyMetrics() {}
}
