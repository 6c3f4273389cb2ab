/**
 * Step 6 of the loop, the part that moves the weights: the learning rate of each step, and AdamW.
 *
 * <p>In: gradients, flat. Out: parameters, changed in place. Callers: the recipes, once per
 * optimizer step.
 */
package dev.parley.trainer.optimization;
