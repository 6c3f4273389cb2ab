package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Tensors;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of the tokens seen so far: per layer one array {@code [rows, K, span, headDim]}
 * for each. A row holds the positions 0, 1, … of one sequence.
 */
public final class KeyValueCache implements AutoCloseable {

  private final int rows;
  private final int span;
  private final NDManager manager;
  private final List<NDArray> keys;
  private final List<NDArray> values;

  /**
   * Allocates a cache.
   *
   * @param shape the decoder's shape
   * @param options where and how precisely to keep it
   * @param rows sequences that it can hold
   * @param span positions that each can have
   */
  public KeyValueCache(DecoderShape shape, EngineOptions options, int rows, int span) {
    this.rows = rows;
    this.span = span;
    this.manager = Libtorch.manager(options.device());
    this.keys = allocate(shape, options);
    this.values = allocate(shape, options);
  }

  private List<NDArray> allocate(DecoderShape shape, EngineOptions options) {
    List<NDArray> arrays = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      arrays.add(
          Tensors.zeros(
              manager, options.precision(), rows, shape.keyValueHeads(), span, shape.headDim()));
    }
    return List.copyOf(arrays);
  }

  /** Returns how many sequences it can hold. */
  public int rows() {
    return rows;
  }

  /** Returns how many positions each can have. */
  public int span() {
    return span;
  }

  List<NDArray> keys() {
    return keys;
  }

  List<NDArray> values() {
    return values;
  }

  /**
   * Copies the beginning of a row.
   *
   * @param source the row to copy
   * @param target the row to overwrite
   * @param length positions to copy
   */
  public void copyRow(int source, int target, int length) {
    try (NDManager scope = manager.newSubManager()) {
      Decoder.copyRow(scope, this, source, target, length);
    }
  }

  /**
   * Copies the beginning of a row of another cache of the same shape into the same row here.
   *
   * @param source the other cache
   * @param row the row
   * @param length positions to copy
   */
  public void takeRow(KeyValueCache source, int row, int length) {
    try (NDManager scope = manager.newSubManager()) {
      Decoder.takeRow(scope, source, this, row, length);
    }
  }

  /**
   * Sets a row to zeros. What is left of a sequence that gave no numbers must go: attention masks
   * it by adding −∞, which NaN survives.
   *
   * @param row the row to overwrite
   */
  public void clearRow(int row) {
    try (NDManager scope = manager.newSubManager()) {
      Decoder.clearRow(scope, this, row);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
