package dev.parley.trainer.preference;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/**
 * What a loss of P pairs gives.
 *
 * @param loss scalar with gradient
 * @param losses of the pairs, {@code [P]}, without gradient
 * @param rewards of their answers
 * @param metrics figures of this micro-batch
 */
public record PairLoss(NDArray loss, NDArray losses, ImplicitRewards rewards, Metrics metrics) {

  /** As a term of the whole loss. */
  public LossTerm term() {
    return new LossTerm(loss, metrics);
  }
}
