package dev.parley.trainer.rl;

/** Checks that rows and masks have one shape, so that a shift by one token cannot pass unseen. */
final class Rows {
  private Rows() {}

  /**
   * Requires that the rows have the shape of the mask.
   *
   * @param name what the rows are called in the message
   * @param rows {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if the number of rows, or the length of one, differs
   */
  static void requireShape(String name, float[][] rows, boolean[][] mask) {
    if (rows.length != mask.length) {
      throw new IllegalArgumentException(
          "%s has %d rows, its mask has %d; give one mask row for each row"
              .formatted(name, rows.length, mask.length));
    }
    for (int b = 0; b < rows.length; b++) {
      if (rows[b].length != mask[b].length) {
        throw new IllegalArgumentException(
            "row %d of %s has %d tokens, its mask has %d; both must cover the same tokens"
                .formatted(b, name, rows[b].length, mask[b].length));
      }
    }
  }

  /** Zeros in the shape of the mask, {@code [B][T]}. */
  static float[][] zeros(boolean[][] mask) {
    float[][] rows = new float[mask.length][];
    for (int b = 0; b < mask.length; b++) {
      rows[b] = new float[mask[b].length];
    }
    return rows;
  }
}
