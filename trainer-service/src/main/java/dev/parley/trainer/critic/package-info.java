/**
 * The critic of a policy that learns from its own answers: a value function V, which says of every
 * token what the whole answer will be worth.
 *
 * <pre>
 * L_value = ½ mean max((V_t − R_t)², (V_old,t + clip(V_t − V_old,t, ±ε_v) − R_t)²)
 * </pre>
 *
 * <p>In: settings ({@link dev.parley.trainer.critic.CriticConfig}), values and returns. Out: both
 * models, made, restored and stored; the loss and its metrics. Caller: the PPO recipe.
 */
package dev.parley.trainer.critic;
