package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Program;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Runs the decoder's program ({@code decoder.torchscript}) for one shape. It holds no weights: they
 * come with every call, as the list of arrays of {@link DecoderLayout#body()}.
 */
public final class Decoder implements AutoCloseable {

  static final Program PROGRAM = Program.load(Decoder.class, "decoder.torchscript");

  private final DecoderShape shape;
  private final NDManager manager;
  private final NDArray frequency;

  /**
   * Prepares the constants of a shape.
   *
   * @param shape the shape
   * @param options where to compute
   */
  public Decoder(DecoderShape shape, EngineOptions options) {
    this.shape = shape;
    this.manager = Libtorch.manager(options.device());
    List<Float> frequencies = shape.rotary().inverseFrequencies();
    float[] values = new float[frequencies.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = frequencies.get(i);
    }
    this.frequency = manager.create(values, new Shape(values.length));
  }

  /** Returns the shape. */
  public DecoderShape shape() {
    return shape;
  }

  /**
   * Computes the hidden states of chosen tokens after the final norm, without gradients or
   * adapters.
   *
   * @param scope owns the result
   * @param batch N tokens
   * @param chosen M indices among them
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @return {@code [M, D]}
   * @throws IllegalArgumentException if a token or a position is not in the model's tables
   */
  public NDArray hidden(NDManager scope, TokenBatch batch, int[] chosen, List<NDArray> weights) {
    return hidden(scope, batch, chosen, weights, AdapterArrays.NONE);
  }

  /**
   * As {@link #hidden(NDManager, TokenBatch, int[], List)}, with the network's adapters if it has
   * any.
   */
  public NDArray hidden(NDManager scope, TokenBatch batch, int[] chosen, Network network) {
    return hidden(scope, batch, chosen, network.body(), network.adapters());
  }

  private NDArray hidden(
      NDManager scope,
      TokenBatch batch,
      int[] chosen,
      List<NDArray> weights,
      AdapterArrays adapters) {
    check(batch);
    Wanted wanted = Wanted.of(batch, chosen);
    TokenBatch read = wanted.batch();
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
              "hidden",
              inputs.create(read.ids()),
              inputs.create(read.positions()),
              inputs.create(read.rowIndex(), new Shape(read.rows(), read.longest())),
              inputs.create(read.places()),
              inputs.create(wanted.indices()),
              weights,
              adapters.arrays(),
              frequency,
              shape.integers(),
              shape.reals(adapters.scale()))
          .get(0);
    }
  }

  /**
   * Computes the hidden states of chosen tokens, keeping what their gradient needs.
   *
   * @param scope owns what is kept
   * @param batch N tokens
   * @param chosen M indices among them
   * @param network the weights, with their adapters
   * @param options what is kept
   * @param dropout of what adapters read
   * @throws IllegalArgumentException if a token or a position is not in the model's tables
   */
  DecoderPass pass(
      NDManager scope,
      TokenBatch batch,
      int[] chosen,
      Network network,
      PassOptions options,
      Dropout dropout) {
    check(batch);
    return new DecoderPass(scope, frequency, Wanted.of(batch, chosen), network, options, dropout);
  }

  /** Looks before libtorch does: on a GPU, an index outside a table ends the whole process. */
  private void check(TokenBatch batch) {
    for (int token : batch.tokens()) {
      if (token < 0 || token >= shape.vocabulary()) {
        throw new IllegalArgumentException(
            "the batch holds token "
                + token
                + ", the vocabulary has "
                + shape.vocabulary()
                + " tokens");
      }
    }
    if (!shape.rotary().present() && batch.longest() > shape.maxPositions()) {
      throw new IllegalArgumentException(
          "the longest row has "
              + batch.longest()
              + " tokens, the model has "
              + shape.maxPositions()
              + " learned positions");
    }
  }

  /**
   * Looks tokens up in the embedding, as the layers take them.
   *
   * @param scope owns the result
   * @param tokens N tokens
   * @param positions of them in their rows
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @return {@code [N, D]} in single precision
   */
  public NDArray embed(NDManager scope, long[] tokens, long[] positions, List<NDArray> weights) {
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
              "embed_wide",
              inputs.create(tokens),
              inputs.create(positions),
              weights.get(0),
              weights.get(1),
              shape.embeddingFactor())
          .get(0);
    }
  }

  /**
   * Computes the logits of hidden states.
   *
   * @param scope owns the result
   * @param hidden {@code [N, D]}
   * @param network the weights
   * @return {@code [N, V]} in single precision
   */
  public NDArray logits(NDManager scope, NDArray hidden, Network network) {
    return Head.logits(scope, hidden, network.languageHead(), shape.logitCap());
  }

  /**
   * Reads whole prompts, storing their keys and values.
   *
   * @param scope owns what is needed on the way
   * @param batch N tokens
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param cache where to store
   * @param rows the cache row of each row of the batch
   */
  public void prefill(
      NDManager scope, TokenBatch batch, List<NDArray> weights, KeyValueCache cache, int[] rows) {
    long[] cacheRows = new long[batch.size()];
    int next = 0;
    for (int row = 0; row < batch.rows(); row++) {
      for (int t = 0; t < batch.lengths()[row]; t++) {
        cacheRows[next++] = rows[row];
      }
    }
    try (NDManager inputs = scope.newSubManager()) {
      PROGRAM.run(
          inputs,
          "prefill",
          inputs.create(batch.ids()),
          inputs.create(batch.positions()),
          inputs.create(batch.rowIndex(), new Shape(batch.rows(), batch.longest())),
          inputs.create(batch.places()),
          weights,
          frequency,
          shape.integers(),
          shape.reals(),
          cache.keys(),
          cache.values(),
          inputs.create(cacheRows));
    }
  }

  /**
   * Reads more tokens of one row, storing their keys and values.
   *
   * @param tokens the next tokens
   * @param start how many tokens the row holds
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param cache holds the row
   * @param row the cache row
   */
  public void extend(int[] tokens, int start, List<NDArray> weights, KeyValueCache cache, int row) {
    try (NDManager inputs = manager.newSubManager()) {
      PROGRAM.run(
          inputs,
          "extend",
          inputs.create(Arrays.stream(tokens).asLongStream().toArray()),
          inputs.create(LongStream.range(start, start + tokens.length).toArray()),
          row,
          weights,
          frequency,
          shape.integers(),
          shape.reals(),
          cache.keys(),
          cache.values());
    }
  }

  /**
   * Makes one step of some rows of the cache.
   *
   * @param scope owns the result
   * @param tokens the newest token of each row
   * @param positions its position in the row, which is also where its keys and values are stored
   * @param rows the cache rows; 0, 1, 2 … are read without a copy
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param cache holds the rows' earlier tokens
   * @return hidden states {@code [B, D]}
   */
  public NDArray step(
      NDManager scope,
      long[] tokens,
      long[] positions,
      long[] rows,
      List<NDArray> weights,
      KeyValueCache cache) {
    boolean firstRows = Arrays.equals(rows, LongStream.range(0, rows.length).toArray());
    long longest = Arrays.stream(positions).max().orElseThrow() + 1;
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
              "step",
              inputs.create(tokens),
              inputs.create(positions),
              inputs.create(rows),
              firstRows,
              longest,
              weights,
              frequency,
              shape.integers(),
              shape.reals(),
              cache.keys(),
              cache.values())
          .get(0);
    }
  }

  static void copyRow(NDManager scope, KeyValueCache cache, int source, int target, int length) {
    copy(scope, cache, source, cache, target, length);
  }

  static void takeRow(NDManager scope, KeyValueCache from, KeyValueCache to, int row, int length) {
    copy(scope, from, row, to, row, length);
  }

  private static void copy(
      NDManager scope, KeyValueCache from, int source, KeyValueCache to, int target, int length) {
    long first = source;
    long place = target;
    PROGRAM.run(scope, "copy_row", from.keys(), to.keys(), first, place, (long) length);
    PROGRAM.run(scope, "copy_row", from.values(), to.values(), first, place, (long) length);
  }

  static void clearRow(NDManager scope, KeyValueCache cache, int row) {
    PROGRAM.run(scope, "clear_row", cache.keys(), (long) row);
    PROGRAM.run(scope, "clear_row", cache.values(), (long) row);
  }

  @Override
  public void close() {
    manager.close();
  }
}
