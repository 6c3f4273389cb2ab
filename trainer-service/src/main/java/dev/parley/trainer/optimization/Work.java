package dev.parley.trainer.optimization;

import java.util.List;

/**
 * Rows to be worked on in micro-batches: to learn from them, or to score them.
 *
 * @param <R> what comes of a micro-batch
 */
public interface Work<R> {

  /** Returns the tokens of each row, at least 1; a row is what cannot be cut in two. */
  int[] lengths();

  /**
   * Works on some rows, on a worker's thread.
   *
   * @param rows their indices
   * @param worker its number, which says where gradients are added ({@link Learner#backward})
   */
  R run(List<Integer> rows, int worker);

  /**
   * Frees what is kept from one micro-batch to another, because there is not enough memory. Called
   * on any worker's thread.
   */
  default void release() {}
}
