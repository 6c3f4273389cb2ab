package dev.parley.model.weights;

/**
 * What a low-rank adapter adds to a matrix {@code [outputs, inputs]}: scale · B A.
 *
 * @param b {@code [outputs, rank]}, row by row
 * @param a {@code [rank, inputs]}, row by row
 * @param rank inner size
 * @param scale multiplies the product
 */
public record LowRankProduct(float[] b, float[] a, int rank, double scale) {

  /** Checks that the rank divides both. */
  public LowRankProduct {
    if (rank < 1 || b.length % rank != 0 || a.length % rank != 0) {
      throw new IllegalArgumentException(
          "%d and %d numbers are no product of rank %d".formatted(b.length, a.length, rank));
    }
  }
}
