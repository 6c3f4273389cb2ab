package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's weights for steps of few rows: its matrices with more outputs than inputs are copies,
 * stored column by column.
 *
 * <p>libtorch's product of one row in single precision on a CPU reads such a matrix two to three
 * times as fast ({@code docs/performance.md}). The copies take up to three quarters of the weights'
 * memory, and are made when they are first asked for.
 */
public final class ColumnWeights implements AutoCloseable {

  /** Steps of more rows gain nothing. */
  private static final int MOST_ROWS = 4;

  private final Network original;
  private final EngineOptions options;
  private NDManager manager;
  private Network copies;

  /**
   * Prepares; nothing is copied yet.
   *
   * @param original the weights
   * @param options where and how precisely they compute
   */
  public ColumnWeights(Network original, EngineOptions options) {
    this.original = original;
    this.options = options;
  }

  /**
   * Returns the arrays that a step of some rows reads fastest.
   *
   * @param rows sequences in the step
   */
  public Network network(int rows) {
    if (rows > MOST_ROWS || !options.equals(EngineOptions.CPU)) {
      return original;
    }
    if (copies == null) {
      manager = Libtorch.manager(options.device());
      copies = copy();
    }
    return copies;
  }

  private Network copy() {
    List<NDArray> body = new ArrayList<>(original.body());
    for (int i = DecoderLayout.GLOBAL_SLOTS; i < body.size(); i++) {
      body.set(i, byColumn(body.get(i)));
    }
    return new Network(
        original.shape(),
        original.heads(),
        body,
        byColumn(original.languageHead()),
        original.scalarWeight(),
        original.scalarBias(),
        original.adapters());
  }

  private NDArray byColumn(NDArray array) {
    boolean more =
        array.getShape().dimension() == 2 && array.getShape().get(0) > array.getShape().get(1);
    return more ? Decoder.PROGRAM.run(manager, "by_column", array).get(0) : array;
  }

  /** Says that the weights were replaced: copies of the old ones are forgotten. */
  public void replaced() {
    close();
  }

  @Override
  public void close() {
    if (manager != null) {
      manager.close();
      manager = null;
      copies = null;
    }
  }
}
