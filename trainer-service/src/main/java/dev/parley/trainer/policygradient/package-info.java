/**
 * Policy gradients: the optimizer steps that PPO, GRPO, RLOO and REINFORCE++ share, and the clipped
 * objective. A recipe brings advantages and a loss, {@link
 * dev.parley.trainer.policygradient.PolicyMethod}.
 *
 * <p>Comes in: an update's answers. Goes out: an {@link dev.parley.trainer.policygradient.Agent}
 * that has learnt from them, a policy or a policy with its critic, and metrics. Callers: the
 * recipes named above, within the loop of {@link dev.parley.trainer.onpolicy}.
 */
package dev.parley.trainer.policygradient;
