/**
 * Draws tokens: sequences join and leave a running batch between decode steps.
 *
 * <p>Comes in: prompts as token ids with {@link dev.parley.model.generation.SamplingOptions}. Goes
 * out: tokens with both kinds of log-probabilities, as they are drawn. Called by the policy service
 * and the command line.
 */
package dev.parley.model.generation;
