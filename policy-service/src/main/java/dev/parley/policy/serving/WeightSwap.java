package dev.parley.policy.serving;

import dev.parley.model.weights.Weights;
import java.util.concurrent.CompletableFuture;

/** Whoever owns the running weights and can exchange them. */
public interface WeightSwap {

  /** Returns what is served now. */
  ServedVersion served();

  /** Returns the running weights, for their layout only. */
  Weights weights();

  /**
   * Puts weights in the place of the running ones at the next moment when nothing computes.
   *
   * @param source weights of the same layout and number format, which are used up: they must stay
   *     open until the result is there, and then are only to be closed
   * @param version what they are
   * @return completes when they are in use
   */
  CompletableFuture<Void> swap(Weights source, ServedVersion version);
}
