/**
 * Rejection sampling fine-tuning, in rounds (Llama 2; Touvron et al. 2023, arXiv:2307.09288,
 * §3.2.3; with a threshold on the score also RFT, Yuan et al. 2023, arXiv:2308.01825).
 *
 * <pre>
 * y_1 … y_n ~ π of the round        y* = the best of them by score        L = −mean log π(y*)
 * </pre>
 *
 * <p>The best of n answers is at most {@code log n − (n − 1) / n} nats from the policy that drew
 * them ({@link dev.parley.model.generation.BestOfN#klBound}), so a round cannot go far. In: an
 * update's answers. Out: optimizer steps, and what was kept. Caller: the loop of {@link
 * dev.parley.trainer.onpolicy}.
 */
package dev.parley.trainer.recipe.rejection;
