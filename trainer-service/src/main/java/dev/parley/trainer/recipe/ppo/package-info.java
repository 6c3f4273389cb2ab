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
 * <p>Read {@link dev.parley.trainer.recipe.ppo.PpoMethod} for rewards, advantages and the loss; the
 * optimizer steps are those of {@link dev.parley.trainer.policygradient.PolicyGradient}, V and
 * L_value those of {@link dev.parley.trainer.critic}. In: an update's answers with their values.
 * Out: advantages, returns and the policy's loss with its metrics, under the names of {@link
 * dev.parley.trainer.recipe.ppo.PpoMetrics}.
 */
package dev.parley.trainer.recipe.ppo;
