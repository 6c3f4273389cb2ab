package dev.parley.model.vector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Tensors;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A table {@code [rows, width]} in single precision, read where libtorch keeps it: looking a token
 * up by a call of the library takes a twentieth of a small model's step.
 */
final class EmbeddingTable {

  /** A buffer has fewer than 2^31 bytes; larger tables come in several. */
  private static final long BYTES_OF_PART = 1L << 30;

  private final int width;
  private final int rowsOfPart;
  private final List<FloatBuffer> parts = new ArrayList<>();

  /**
   * Looks at a table; it must not be closed as long as this is in use.
   *
   * @param table {@code [rows, width]} on the CPU; may be empty if nothing is ever looked up in it
   */
  EmbeddingTable(NDArray table) {
    if (table.size() == 0) {
      this.width = 0;
      this.rowsOfPart = 1;
      return;
    }
    long rows = table.getShape().get(0);
    this.width = Math.toIntExact(table.getShape().get(1));
    this.rowsOfPart = Math.toIntExact(BYTES_OF_PART / ((long) width * Float.BYTES));
    for (long first = 0; first < rows; first += rowsOfPart) {
      long end = Math.min(rows, first + rowsOfPart);
      try (NDManager scope = table.getManager().newSubManager()) {
        parts.add(Tensors.memory(scope, table, first * width, end * width).asFloatBuffer());
      }
    }
  }

  /** Returns whether it has no rows. */
  boolean isEmpty() {
    return parts.isEmpty();
  }

  /**
   * Adds a row, times a factor, to some numbers.
   *
   * @param row which one
   * @param factor of its numbers
   * @param to takes it
   * @param at from where on
   */
  void add(int row, float factor, float[] to, int at) {
    FloatBuffer part = parts.get(row / rowsOfPart);
    int from = row % rowsOfPart * width;
    for (int i = 0; i < width; i++) {
      to[at + i] += factor * part.get(from + i);
    }
  }
}
