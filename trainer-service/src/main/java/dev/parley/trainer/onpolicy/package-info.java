/**
 * The loop of all recipes that learn from the policy's own answers: which prompts are asked, the
 * exchange with policies, versions, checkpoints, going on after a stop.
 *
 * <p>In: settings, prompts, committed rollouts. Out: samples for a recipe's {@link
 * dev.parley.trainer.onpolicy.Lesson}; versions, checkpoints and metrics for the world. Callers:
 * recipes, through {@link dev.parley.trainer.onpolicy.OnPolicyRun} and, where the policy is the
 * only model that learns, {@link dev.parley.trainer.onpolicy.PolicyRun}.
 */
package dev.parley.trainer.onpolicy;
