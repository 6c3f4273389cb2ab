/**
 * The critic of a policy that learns from its own answers: a value function V, which says of every
 * token what the whole answer will be worth.
 *
 * <pre>
 * L_value = ½ mean max((V_t − R_t)², (V_old,t + clip(V_t − V_old,t, ±ε_v) − R_t)²)
 * L       = L_policy + c_v L_value                on a shared trunk; else each model has its own
 * </pre>
 *
 * <p>In: settings ({@link dev.parley.trainer.critic.CriticConfig}), values and returns. Out: both
 * models, made, restored, stored, and with one step behind them; the loss and its metrics. Callers:
 * a recipe with a critic, which is PPO, for its run; {@link dev.parley.trainer.policygradient} for
 * an update's steps.
 */
package dev.parley.trainer.critic;
