/**
 * Supervised fine-tuning: the cross entropy of demonstrations, on the assistant's tokens only
 * (Ouyang et al. 2022, arXiv:2203.02155, §3.5).
 *
 * <pre>
 * L = −Σ_t log π(label_t) / number of label tokens of the global batch
 * </pre>
 *
 * <p>In: log-probabilities of the label tokens. Out: the loss and its metrics. Caller: the SFT
 * recipe, and PPO for its mix of pretraining data, once per micro-batch.
 */
package dev.parley.trainer.recipe.sft;
