package dev.parley.reward.scoring;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.GpuMemory;

/**
 * Hears of reward models' forward passes, of how far the members of ensembles differ, and of how
 * programs are shut in.
 */
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

  /**
   * An ensemble has scored an answer.
   *
   * @param scorer whose
   * @param deviation standard deviation of its members' values
   */
  default void disagreed(String scorer, double deviation) {}

  /**
   * A scorer is about to run programs.
   *
   * @param scorer which
   * @param how they are shut in, in words
   */
  default void shutIn(String scorer, String how) {}

  /** A model was loaded onto a GPU. */
  default void loadedOnto(GpuMemory memory) {}
}
