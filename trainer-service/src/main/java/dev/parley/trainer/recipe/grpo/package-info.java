/**
 * Group relative policy optimisation (Shao et al. 2024, arXiv:2402.03300, eq. 3) and its relatives:
 * PPO's policy loss without a critic, the advantage of an answer being that against the other
 * answers to its prompt ({@link dev.parley.trainer.rl.GroupAdvantage}).
 *
 * <pre>
 * ρ_t = π / π_old of the token,  or for GSPO  (π / π_old of the answer)^(1 / its length)
 * l_t = −min(ρ_t A, clip(ρ_t, 1 − ε_low, 1 + ε_high) A) + β KL_t
 * L   = Σ w_t l_t                 w: {@link dev.parley.trainer.loss.Aggregation}
 * </pre>
 *
 * <p>In: packed log-probabilities, advantages, weights. Out: the loss and its metrics. Caller: the
 * GRPO recipe, once per micro-batch.
 */
package dev.parley.trainer.recipe.grpo;
