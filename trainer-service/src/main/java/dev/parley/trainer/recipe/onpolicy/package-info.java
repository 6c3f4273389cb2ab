/**
 * What recipes share that learn from the policy's own answers: which prompts are asked, the loop of
 * updates, log-probabilities at the beginning of an update, and the numbers that all of them tell.
 *
 * <p>In: settings, prompts, committed rollouts. Out: samples for a recipe's {@link
 * dev.parley.trainer.recipe.onpolicy.Lesson}; versions, checkpoints and metrics for the world.
 * Callers: the recipes with a critic ({@code ppo}) and, through {@link
 * dev.parley.trainer.recipe.onpolicy.PolicyRun}, those without.
 */
package dev.parley.trainer.recipe.onpolicy;
