/**
 * Step 6 of the loop, the part without gradients: from log-probabilities, values and scores to
 * rewards, advantages and returns.
 *
 * <p>In: rows of floats, {@code [B][T]}, one row per completion, one column per token, and a mask
 * of the same shape. Rows may be ragged. The mask is true at <em>action tokens</em>: those that the
 * policy chose. Prompt tokens, padding and, in a conversation of several turns, the tokens of tools
 * and users are false. What stands outside the mask is never read, and results are 0 there.
 *
 * <p>Out: new rows of the same shape; inputs are never changed unless a method says so. Numbers are
 * stored as float and accumulated as double.
 *
 * <p>Callers: the recipes, between reading the rollouts and the first gradient step. Nothing but
 * the JDK is used here. Formulas and their sources stand at each class; where systems in the field
 * differ, the choice is named.
 *
 * <p>Letters: B rows (completions), T tokens of a row, V vocabulary.
 */
package dev.parley.trainer.rl;
