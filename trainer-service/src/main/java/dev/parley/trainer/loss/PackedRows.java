package dev.parley.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * Where rows end in packed tokens: row r owns the next {@code length(r)} of N tokens. Also the sums
 * and means over rows that losses of whole sequences need, with gradient.
 */
public final class PackedRows {
  private final int[] lengths;
  private final int tokens;

  private PackedRows(int[] lengths) {
    this.lengths = lengths;
    this.tokens = Arrays.stream(lengths).sum();
  }

  /**
   * Rows of these lengths.
   *
   * @param lengths {@code [R]}, action tokens of each row, 0 allowed
   * @throws IllegalArgumentException if a length is negative
   */
  public static PackedRows ofLengths(int... lengths) {
    for (int length : lengths) {
      if (length < 0) {
        throw new IllegalArgumentException("a row of %d tokens; give 0 or more".formatted(length));
      }
    }
    return new PackedRows(lengths.clone());
  }

  /** R. */
  public int rows() {
    return lengths.length;
  }

  /** N. */
  public int tokens() {
    return tokens;
  }

  /** Number of action tokens of row r. */
  public int length(int r) {
    return lengths[r];
  }

  /** Number of action tokens of the longest row. */
  public int longest() {
    return Arrays.stream(lengths).max().orElse(0);
  }

  /**
   * Sum of each row; 0 for an empty one.
   *
   * @param packed {@code [N]}
   * @return {@code [R]}
   */
  public NDArray sums(NDArray packed) {
    return membership(packed, false).matMul(packed);
  }

  /**
   * Mean of each row; 0 for an empty one.
   *
   * @param packed {@code [N]}
   * @return {@code [R]}
   */
  public NDArray means(NDArray packed) {
    return membership(packed, true).matMul(packed);
  }

  /**
   * The mean of each row from its sum; 0 for an empty one.
   *
   * @param sums as {@link #sums} gives them, {@code [R]}
   * @return {@code [R]}
   */
  public NDArray meansOf(NDArray sums) {
    float[] divisors = new float[lengths.length];
    for (int r = 0; r < lengths.length; r++) {
      divisors[r] = Math.max(1, lengths[r]);
    }
    return sums.div(sums.getManager().create(divisors));
  }

  /**
   * The number of each row on every token of it.
   *
   * @param perRow {@code [R]}
   * @return {@code [N]}
   */
  public NDArray spread(NDArray perRow) {
    long[] rowOfToken = new long[tokens];
    int next = 0;
    for (int r = 0; r < lengths.length; r++) {
      Arrays.fill(rowOfToken, next, next + lengths[r], r);
      next += lengths[r];
    }
    return perRow.take(perRow.getManager().create(rowOfToken));
  }

  /** {@code [R, N]}: 1, or 1 / length, where a token belongs to the row, else 0. */
  private NDArray membership(NDArray packed, boolean mean) {
    NDManager manager = packed.getManager();
    if (packed.getShape().dimension() != 1 || packed.getShape().get(0) != tokens) {
      throw new IllegalArgumentException(
          "packed tokens have shape %s, the rows hold (%d)".formatted(packed.getShape(), tokens));
    }
    float[] matrix = new float[lengths.length * tokens];
    int next = 0;
    for (int r = 0; r < lengths.length; r++) {
      int from = r * tokens + next;
      Arrays.fill(matrix, from, from + lengths[r], mean ? 1f / lengths[r] : 1f);
      next += lengths[r];
    }
    return manager.create(matrix, new Shape(lengths.length, tokens));
  }
}
