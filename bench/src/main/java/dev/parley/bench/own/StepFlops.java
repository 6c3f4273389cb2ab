package dev.parley.bench.own;

import dev.parley.model.decoder.DecoderShape;

/**
 * Floating-point operations of an optimizer step over rows of equal lengths: those that the
 * mathematics needs. What is computed twice to save memory counts once.
 *
 * <p>With P the elements of the matrices that a token meets, N tokens, T of them in a row and A the
 * width of all heads of a layer together:
 *
 * <pre>
 * matrices    6 P N          2 forward, 4 backward for each element and token
 * attention   12 A L pairs   of N (T + 1) / 2 pairs of a query and a key that it sees: 4 A forward
 *                            (score and weighted value), 8 A backward
 * </pre>
 *
 * A row's last token predicts nothing and is not among the N. Norms, activations, rotations and the
 * optimizer are left out: they are below one percent.
 */
final class StepFlops {

  private StepFlops() {}

  /**
   * Counts.
   *
   * @param shape the decoder's
   * @param rows of the batch
   * @param length tokens of each row
   */
  static double of(DecoderShape shape, int rows, int length) {
    int read = length - 1;
    double tokens = (double) rows * read;
    double head = (double) shape.vocabulary() * shape.hidden();
    double attended = (double) shape.heads() * shape.headDim();
    double pairs = tokens * (read + 1) / 2;
    return 6 * tokens * (layerMatrices(shape) * shape.layers() + head)
        + 12 * attended * shape.layers() * pairs;
  }

  /** Returns the elements of one layer's matrices. */
  static double layerMatrices(DecoderShape shape) {
    double queries = (double) shape.heads() * shape.headDim();
    double keys = (double) shape.keyValueHeads() * shape.headDim();
    double attention = shape.hidden() * (2 * queries + 2 * keys);
    double feedForward = (shape.gated() ? 3.0 : 2.0) * shape.hidden() * shape.feedForward();
    return attention + feedForward;
  }
}
