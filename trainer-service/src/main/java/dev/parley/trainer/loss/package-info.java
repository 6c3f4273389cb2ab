/**
 * Step 6 of the loop, the part with gradients: what the losses of several recipes share.
 *
 * <p>The convention of every loss in {@code recipe.*}: a loss is a pure static function, arrays in,
 * a record out. Per-token arrays are <em>packed</em>: {@code [N]} holds the action tokens of all
 * rows of a micro-batch one after the other, without padding and without a mask; {@link
 * dev.parley.trainer.loss.PackedRows} knows where each row ends. Arrays that want a gradient
 * (log-probabilities, entropies, values) are leaves that the model library made; after {@code
 * backward} their gradients go back to it. All others are constants.
 *
 * <p>Every loss and every metric is a sum whose divisor is counted over the <em>global</em> batch
 * ({@link dev.parley.trainer.loss.GlobalCounts}): micro-batches, accumulation steps and
 * data-parallel ranks add up, and how a batch was split changes nothing.
 *
 * <p>Callers: the loss classes of the recipes. Arrays live in the manager of the arrays given,
 * which the caller closes after the step.
 *
 * <p>Letters: N packed tokens, R rows (sequences), P preference pairs.
 */
package dev.parley.trainer.loss;
