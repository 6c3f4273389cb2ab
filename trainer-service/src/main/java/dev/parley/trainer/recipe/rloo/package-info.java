/**
 * REINFORCE leave-one-out (Ahmadian et al. 2024, arXiv:2402.14740): the whole answer is one action,
 * its advantage that against the other answers to the prompt ({@link
 * dev.parley.trainer.rl.GroupAdvantage#leaveOneOut}).
 *
 * <pre>
 * ρ = exp(Σ_t log π(a_t) − log π_old(answer))
 * L = −mean over answers of min(ρ A, clip(ρ, 1 − ε_low, 1 + ε_high) A)
 * </pre>
 *
 * <p>On the first step ρ is 1 and the gradient is REINFORCE's. In: packed log-probabilities and the
 * answers' advantages. Out: the loss and its metrics. Caller: the RLOO recipe, once per
 * micro-batch.
 */
package dev.parley.trainer.recipe.rloo;
