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
   * Copies weights over the running ones at the next moment when nothing computes.
   *
   * @param source weights of the same layout, which must stay open until the result is there
   * @param version what they are
   * @return completes when they are in use
   */
  CompletableFuture<Void> swap(Weights source, ServedVersion version);
}
