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
  private final NDArray ids;
  private final NDArray positions;
  private final NDArray rows;
  private final NDArray places;
  private final NDArray chosen;
  private final NDArray all;
  private final NDArray cos;
  private final NDArray sin;
  private final PassOptions options;
  private final List<Kept> layers = new ArrayList<>();
  private final NDArray last;
  private final List<NDArray> normed;

  /** A layer's input, and what else its gradient needs; nothing if that is computed again. */
  private record Kept(NDArray input, List<NDArray> arrays) {}

  /**
   * Runs forward.
   *
   * @param scope owns what is kept
   * @param shape the decoder's shape
   * @param frequency of the rotary embedding
   * @param batch N tokens
   * @param chosen M indices among them, whose hidden states are wanted
   * @param weights the arrays of {@link DecoderLayout#body()}
   * @param options what is kept
   */
  DecoderPass(
      NDManager scope,
      DecoderShape shape,
      NDArray frequency,
      TokenBatch batch,
      int[] chosen,
      List<NDArray> weights,
      PassOptions options) {
    this.scope = scope;
    this.shape = shape;
    this.weights = weights;
    this.options = options;
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
      List<NDArray> made = forward(layer, x);
      List<NDArray> others = made.subList(1, made.size());
      boolean frozen = layer < options.frozenLayers();
      if (frozen || options.recompute()) {
        others.forEach(NDArray::close);
        others = List.of();
      }
      if (frozen) {
        x.close();
      } else {
        layers.add(new Kept(x, others));
      }
      x = made.get(0);
    }
    this.last = x;
    this.normed = run("norm", x, weights.get(2), weights.get(3), norm(), shape.normEpsilon());
  }

  /** Returns a layer's output, and what its gradient needs. */
  private List<NDArray> forward(int layer, NDArray x) {
    return run(
        "layer",
        x,
        layer(weights, layer),
        cos,
        sin,
        rows,
        places,
        chosen(layer),
        shape.scores().window(layer),
        shape.integers(),
        shape.reals());
  }

  private List<NDArray> run(String method, Object... arguments) {
    return Decoder.PROGRAM.run(scope, method, arguments);
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
   * @param gradients buffers in the layout of the weights, which are added to; those of frozen
   *     layers may be empty
   */
  void backward(NDArray gradient, List<NDArray> gradients) {
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
    for (int layer = shape.layers() - 1; layer >= options.frozenLayers(); layer--) {
      Kept kept = layers.remove(layers.size() - 1);
      List<NDArray> arrays = kept.arrays();
      if (options.recompute()) {
        List<NDArray> made = forward(layer, kept.input());
        made.get(0).close();
        arrays = made.subList(1, made.size());
      }
      NDArray before =
          run(
                  "layer_backward",
                  d,
                  kept.input(),
                  arrays,
                  layer(weights, layer),
                  layer(gradients, layer),
                  cos,
                  sin,
                  rows,
                  places,
                  chosen(layer),
                  shape.scores().window(layer),
                  shape.integers(),
                  shape.reals())
              .get(0);
      d.close();
      kept.input().close();
      arrays.forEach(NDArray::close);
      d = before;
    }
    if (options.frozenLayers() == 0) {
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
