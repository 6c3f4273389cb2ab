/**
 * Step 6 of the loop, the part that moves the weights: micro-batches and the workers that run them,
 * the learning rate of each step, and AdamW.
 *
 * <p>In: rows, and what to do with some of them. Out: parameters, changed in place. Callers: the
 * recipes, once per optimizer step.
 */
package dev.parley.trainer.optimization;
