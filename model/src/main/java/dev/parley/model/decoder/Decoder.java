package dev.parley.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Program;
import java.util.List;

/**
 * Runs the decoder's program ({@code decoder.torchscript}) for one shape. It holds no weights: they
 * come with every call, as the list of arrays of {@link DecoderLayout#body()}.
 */
public final class Decoder implements AutoCloseable {

  private static final Program PROGRAM = Program.load(Decoder.class, "decoder.torchscript");

  private final DecoderShape shape;
  private final NDManager manager;
  private final NDArray frequency;
  private final NDArray integers;
  private final NDArray reals;

  /**
   * Prepares the constants of a shape.
   *
   * @param shape the shape
   * @param options where to compute
   */
  public Decoder(DecoderShape shape, EngineOptions options) {
    this.shape = shape;
    this.manager = NDManager.newBaseManager(options.device(), "PyTorch");
    List<Float> frequencies = shape.rotary().inverseFrequencies();
    float[] values = new float[frequencies.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = frequencies.get(i);
    }
    this.frequency = manager.create(values, new Shape(values.length));
    // Numbers that the program reads one by one stay on the CPU: from a GPU each would be a wait.
    this.integers = manager.create(shape.integers()).toDevice(Device.cpu(), false);
    this.reals = manager.create(shape.reals()).toDevice(Device.cpu(), false);
  }

  /** Returns the shape. */
  public DecoderShape shape() {
    return shape;
  }

  /**
   * Computes the hidden states after the final norm, with a gradient graph where {@link
   * dev.parley.model.torchscript.Autograd} records one.
   *
   * @param scope owns the result
   * @param batch N tokens
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @return {@code [N, D]}
   * @throws IllegalArgumentException if a token or a position is not in the model's tables
   */
  public NDArray hidden(NDManager scope, TokenBatch batch, List<NDArray> weights) {
    check(batch);
    // The graph keeps the indices for its backward pass without owning their memory, which is
    // Java's: they must live as long as the scope.
    NDArray ids = scope.create(batch.ids());
    NDArray positions = scope.create(batch.positions());
    NDArray rows = scope.create(batch.rowIndex(), new Shape(batch.rows(), batch.longest()));
    NDArray places = scope.create(batch.places());
    return PROGRAM
        .runRecorded(
            scope, "hidden", ids, positions, rows, places, weights, frequency, integers, reals)
        .get(0);
  }

  /**
   * Computes the hidden states after the final norm, without gradients.
   *
   * @param scope owns the result
   * @param batch N tokens
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @return {@code [N, D]}
   * @throws IllegalArgumentException if a token or a position is not in the model's tables
   */
  public NDArray inferHidden(NDManager scope, TokenBatch batch, List<NDArray> weights) {
    check(batch);
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
              "hidden",
              inputs.create(batch.ids()),
              inputs.create(batch.positions()),
              inputs.create(batch.rowIndex(), new Shape(batch.rows(), batch.longest())),
              inputs.create(batch.places()),
              weights,
              frequency,
              integers,
              reals)
          .get(0);
    }
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
   * Computes the logits of hidden states.
   *
   * @param scope owns the result
   * @param hidden {@code [N, D]}
   * @param network the weights
   * @return {@code [N, V]} in single precision
   */
  public NDArray logits(NDManager scope, NDArray hidden, Network network) {
    return Head.logits(scope, hidden, network.languageHead());
  }

  /**
   * Propagates a gradient from the hidden states to the parameters.
   *
   * @param scope owns what is made on the way
   * @param hidden {@code [N, D]} with its graph, which is freed
   * @param gradient {@code [N, D]}
   * @param parameters the arrays that require gradients
   * @param gradients one buffer per parameter, to which its gradient is added
   */
  public void backward(
      NDManager scope,
      NDArray hidden,
      NDArray gradient,
      List<NDArray> parameters,
      List<NDArray> gradients) {
    PROGRAM.runRecorded(scope, "backward", hidden, gradient, parameters, gradients);
  }

  /**
   * Reads whole prompts, storing their keys and values.
   *
   * @param scope owns the result
   * @param batch N tokens
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param cache where to store
   * @param rows the cache row of each row of the batch
   * @return hidden states {@code [N, D]}
   */
  public NDArray prefill(
      NDManager scope, TokenBatch batch, List<NDArray> weights, KeyValueCache cache, int[] rows) {
    long[] slots = new long[batch.size()];
    int next = 0;
    for (int row = 0; row < batch.rows(); row++) {
      for (int t = 0; t < batch.lengths()[row]; t++) {
        slots[next++] = (long) rows[row] * cache.span() + t;
      }
    }
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
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
              inputs.create(slots))
          .get(0);
    }
  }

  /**
   * Makes one step of the cache rows 0 to B − 1.
   *
   * @param scope owns the result
   * @param tokens the newest token of each row
   * @param positions its position in the row, which is also where its keys and values are stored
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param cache holds the rows' earlier tokens
   * @return hidden states {@code [B, D]}
   */
  public NDArray step(
      NDManager scope,
      long[] tokens,
      long[] positions,
      List<NDArray> weights,
      KeyValueCache cache) {
    long[] slots = new long[tokens.length];
    long longest = 0;
    for (int row = 0; row < tokens.length; row++) {
      slots[row] = (long) row * cache.span() + positions[row];
      longest = Math.max(longest, positions[row] + 1);
    }
    try (NDManager inputs = scope.newSubManager()) {
      return PROGRAM
          .run(
              scope,
              "step",
              inputs.create(tokens),
              inputs.create(positions),
              inputs.create(slots),
              longest,
              weights,
              frequency,
              shape.integers(),
              shape.reals(),
              cache.keys(),
              cache.values(),
              (long) cache.span())
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
    long first = (long) source * from.span();
    long place = (long) target * to.span();
    PROGRAM.run(scope, "copy_positions", from.keys(), to.keys(), first, place, (long) length);
    PROGRAM.run(scope, "copy_positions", from.values(), to.values(), first, place, (long) length);
  }

  static void clearRow(NDManager scope, KeyValueCache cache, int row) {
    long place = (long) row * cache.span();
    PROGRAM.run(scope, "clear_positions", cache.keys(), place, (long) cache.span());
    PROGRAM.run(scope, "clear_positions", cache.values(), place, (long) cache.span());
  }

  @Override
  public void close() {
    manager.close();
  }
}
