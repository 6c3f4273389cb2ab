/**
 * Proximal policy optimisation from human feedback (Schulman et al. 2017, arXiv:1707.06347; Ouyang
 * et al. 2022, arXiv:2203.02155).
 *
 * <pre>
 * ρ_t      = π(a_t | s_t) / π_old(a_t | s_t)
 * L_policy = mean max(−A_t ρ_t, −A_t clip(ρ_t, 1 − ε_low, 1 + ε_high))
 * L_value  = ½ mean max((V_t − R_t)², (V_old,t + clip(V_t − V_old,t, ±ε_v) − R_t)²)
 * L        = L_policy + c_v L_value − c_e mean H_t + c_kl mean KL_t
 * </pre>
 *
 * <p>In: packed log-probabilities, entropies and values of the model, advantages and returns of
 * {@link dev.parley.trainer.rl.Gae}; the value function is that of {@link
 * dev.parley.trainer.critic}. Out: the loss and its metrics, under the names of {@link
 * dev.parley.trainer.recipe.ppo.PpoMetrics}. Caller: the PPO recipe, once per micro-batch.
 */
package dev.parley.trainer.recipe.ppo;
