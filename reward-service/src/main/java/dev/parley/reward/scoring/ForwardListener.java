package dev.parley.reward.scoring;

import dev.parley.model.decoder.TokenBatch;

/** Hears of a reward model's forward passes. */
@FunctionalInterface
public interface ForwardListener {

  /**
   * A forward pass is over.
   *
   * @param scorer whose
   * @param batch what went through the model
   * @param nanos how long it took
   */
  void computed(String scorer, TokenBatch batch, long nanos);
}
