/**
 * An update's answers before its first optimizer step: log-probabilities and values under the
 * weights as they are, which answers belong together, what becomes of their scores, what is done
 * where they are off-policy, and the numbers that are told of them; then the minibatches that its
 * steps learn from.
 *
 * <p>Comes in: samples of {@link dev.parley.trainer.experience}. Goes out: arrays {@code [B][T]} at
 * the answers' own tokens, and metrics. Callers: the recipes that learn from the policy's own
 * answers, from within the loop of {@link dev.parley.trainer.onpolicy}.
 */
package dev.parley.trainer.answers;
