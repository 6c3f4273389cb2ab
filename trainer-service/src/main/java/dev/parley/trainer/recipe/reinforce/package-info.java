/**
 * REINFORCE++ (Hu 2025, arXiv:2501.03262): no critic and no group; the returns of all tokens of the
 * batch are whitened together, which is the baseline.
 *
 * <pre>
 * r_t = −β k1_t, and at the last token + the score        G_t = r_t + γ G_{t+1}
 * A   = (G − mean) / deviation                            over all tokens of the update
 * L   = −mean min(ρ_t A_t, clip(ρ_t, 1 − ε_low, 1 + ε_high) A_t)
 * </pre>
 *
 * <p>With a baseline (REINFORCE++-baseline), the mean of the group is taken from an answer's whole
 * reward first, and each token gets the rest. In: an update's answers. Out: advantages, and the
 * loss, clipped by {@link dev.parley.trainer.policygradient.Clip}, with its metrics. Caller: {@link
 * dev.parley.trainer.policygradient.PolicyGradient}.
 */
package dev.parley.trainer.recipe.reinforce;
