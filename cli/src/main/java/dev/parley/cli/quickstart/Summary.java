package dev.parley.cli.quickstart;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The quickstart's figures for machines.
 *
 * @param goldBefore mean gold score of the fine-tuned model on held-out questions
 * @param goldAfter the same after PPO
 * @param goldRange lowest and highest gold score
 * @param rewardModelAgreement share of held-out pairs that the reward model ranks as labelled
 * @param klNatsPerAnswer mean KL of the final policy to the fine-tuned model on held-out questions
 * @param logprobGapMedian largest over the updates of the median per-token |Δ| between the
 *     rollouts' log-probabilities and the trainer's
 * @param updates PPO updates
 * @param seconds all of it, without the build
 */
record Summary(
    @JsonProperty("gold_before") double goldBefore,
    @JsonProperty("gold_after") double goldAfter,
    @JsonProperty("gold_range") double[] goldRange,
    @JsonProperty("reward_model_agreement") double rewardModelAgreement,
    @JsonProperty("kl_nats_per_answer") double klNatsPerAnswer,
    @JsonProperty("logprob_gap_median") double logprobGapMedian,
    @JsonProperty("updates") long updates,
    @JsonProperty("seconds") double seconds) {}
