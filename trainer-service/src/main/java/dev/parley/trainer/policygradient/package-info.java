/**
 * Policy gradients without a critic: the optimizer steps that GRPO, RLOO and REINFORCE++ share. A
 * recipe brings advantages and a loss, {@link dev.parley.trainer.policygradient.PolicyMethod}.
 *
 * <p>Comes in: an update's answers. Goes out: a policy that has learnt from them, and metrics.
 * Callers: the recipes named above, within the loop of {@link dev.parley.trainer.onpolicy}.
 */
package dev.parley.trainer.policygradient;
