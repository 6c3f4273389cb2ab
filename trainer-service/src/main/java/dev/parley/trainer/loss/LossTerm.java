package dev.parley.trainer.loss;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;

/**
 * A loss, or a term of one, and what is worth watching about it.
 *
 * @param loss scalar with gradient; the losses of all micro-batches add up to that of the batch
 * @param metrics figures of this micro-batch
 */
public record LossTerm(NDArray loss, Metrics metrics) {
  /**
   * {@code this + coefficient · other}, with the metrics of both.
   *
   * @param coefficient 0 leaves the other loss out and keeps its metrics
   * @param other another term over the same micro-batch
   */
  public LossTerm plus(double coefficient, LossTerm other) {
    NDArray sum = coefficient == 0 ? loss : loss.add(other.loss.mul(number(loss, coefficient)));
    return new LossTerm(sum, metrics.plus(other.metrics));
  }
}
