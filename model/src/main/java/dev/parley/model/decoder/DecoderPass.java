package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * One run through the decoder's layers that keeps what the gradient needs, and the way back.
 *
 * <p>The gradients are those of {@code decoder.torchscript}, written out by hand: nothing is
 * recorded by libtorch, gradients of weights are added where they belong without a copy in between,
 * and each layer's memory is free as soon as the way back has passed it.
 */
final class DecoderPass {

  private final NDManager scope;
  private final DecoderShape shape;
  private final List<NDArray> weights;
  private final double[] reals;
  private final NDArray ids;
  private final NDArray positions;
  private final NDArray rows;
  private final NDArray places;
  private final NDArray chosen;
  private final NDArray all;
  private final NDArray cos;
  private final NDArray sin;
  private final List<Kept> layers = new ArrayList<>();
  private final NDArray last;
  private final List<NDArray> normed;

  /**
   * What the gradient of a layer needs.
   *
   * @param input of the layer
   * @param adapters of the layer, then the marks of dropout
   * @param arrays that it made on the way
   */
  private record Kept(NDArray input, List<NDArray> adapters, List<NDArray> arrays) {

    void close() {
      input.close();
      int marks = Math.min(AdapterArrays.PER_LAYER, adapters.size());
      adapters.subList(marks, adapters.size()).forEach(NDArray::close);
      arrays.forEach(NDArray::close);
    }
  }

  /**
   * Runs forward.
   *
   * @param scope owns what is kept
   * @param frequency of the rotary embedding
   * @param batch N tokens
   * @param chosen M indices among them, whose hidden states are wanted
   * @param network the weights, with their adapters
   * @param dropout of what adapters read
   */
  DecoderPass(
      NDManager scope,
      NDArray frequency,
      TokenBatch batch,
      int[] chosen,
      Network network,
      Dropout dropout) {
    this.scope = scope;
    this.shape = network.shape();
    this.weights = network.body();
    this.reals = shape.reals(network.adapters().scale() / dropout.kept());
    this.ids = scope.create(batch.ids());
    this.positions = scope.create(batch.positions());
    this.rows = scope.create(batch.rowIndex(), new Shape(batch.rows(), batch.longest()));
    this.places = scope.create(batch.places());
    this.chosen = scope.create(Positions.asLongs(batch, chosen));
    this.all = scope.create(new long[0]);
    List<NDArray> angles = run("angles", positions, frequency, weights.get(0));
    this.cos = angles.get(0);
    this.sin = angles.get(1);
    NDArray x =
        run("embed", ids, positions, weights.get(0), weights.get(1), shape.embeddingFactor())
            .get(0);
    for (int layer = 0; layer < shape.layers(); layer++) {
      List<NDArray> adapters = adapters(network.adapters(), layer, dropout);
      List<NDArray> made =
          run(
              "layer",
              x,
              layer(weights, layer),
              adapters,
              cos,
              sin,
              rows,
              places,
              chosen(layer),
              shape.scores().window(layer),
              shape.integers(),
              reals);
      layers.add(new Kept(x, adapters, made.subList(1, made.size())));
      x = made.get(0);
    }
    this.last = x;
    this.normed = run("norm", x, weights.get(2), weights.get(3), norm(), shape.normEpsilon());
  }

  private List<NDArray> run(String method, Object... arguments) {
    return Decoder.PROGRAM.run(scope, method, arguments);
  }

  /** Returns a layer's adapters, and what dropout keeps of their inputs. */
  private List<NDArray> adapters(AdapterArrays all, int layer, Dropout dropout) {
    List<NDArray> arrays = all.layer(layer);
    if (arrays.isEmpty() || !dropout.present()) {
      return arrays;
    }
    long behind = chosen(layer).size() == 0 ? ids.size() : chosen.size();
    List<NDArray> withMarks = new ArrayList<>(arrays);
    withMarks.addAll(run("marks", arrays, ids.size(), behind, dropout.kept(), dropout.seed(layer)));
    return withMarks;
  }

  private long norm() {
    return shape.norm().ordinal();
  }

  private static List<NDArray> layer(List<NDArray> arrays, int layer) {
    int first = DecoderLayout.GLOBAL_SLOTS + DecoderLayout.LAYER_SLOTS * layer;
    return arrays.subList(first, first + DecoderLayout.LAYER_SLOTS);
  }

  /** Behind attention, the last layer works on the chosen tokens alone. */
  private NDArray chosen(int layer) {
    return layer == shape.layers() - 1 ? chosen : all;
  }

  /** Returns the hidden states after the final norm, {@code [M, D]}. */
  NDArray hidden() {
    return normed.get(0);
  }

  /**
   * Takes the gradient from the hidden states to the weights. The pass is used up.
   *
   * @param gradient {@code [M, D]}
   * @param into buffers in the roles of the weights, which are added to; empty for what is frozen
   */
  void backward(NDArray gradient, Network into) {
    List<NDArray> gradients = into.body();
    NDArray d =
        run(
                "last_norm_backward",
                gradient,
                last,
                normed.get(1),
                normed.get(2),
                weights.get(2),
                weights.get(3),
                gradients.get(2),
                gradients.get(3),
                norm())
            .get(0);
    for (int layer = shape.layers() - 1; layer >= 0; layer--) {
      Kept kept = layers.remove(layer);
      NDArray before =
          run(
                  "layer_backward",
                  d,
                  kept.input(),
                  kept.arrays(),
                  layer(weights, layer),
                  kept.adapters(),
                  layer(gradients, layer),
                  into.adapters().layer(layer),
                  cos,
                  sin,
                  rows,
                  places,
                  chosen(layer),
                  shape.scores().window(layer),
                  shape.integers(),
                  reals)
              .get(0);
      d.close();
      kept.close();
      d = before;
    }
    if (gradients.get(0).size() != 0) {
      run(
          "embed_backward",
          d,
          ids,
          positions,
          gradients.get(0),
          gradients.get(1),
          shape.embeddingFactor());
    }
  }
}
