package dev.parley.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Numbers in losses: {@code x.mul(number(x, 2))}.
 *
 * <p>DJL's own {@code x.mul(2)} keeps the number in memory of a Java buffer that it lets go at
 * once. The way back reads it there again, perhaps after a garbage collection, and the gradient is
 * then anything ({@code docs/decisions/0045-numbers-in-losses.md}).
 */
public final class Numbers {
  private Numbers() {}

  /**
   * Makes a number an array that lives as long as those beside it.
   *
   * @param beside an array of the same scope, which is closed after the way back
   * @param value the number, rounded to single precision
   * @return {@code []}
   */
  public static NDArray number(NDArray beside, double value) {
    return beside.getManager().create((float) value);
  }
}
