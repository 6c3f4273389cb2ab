package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
  private final AdapterArrays adapters;
  private final PassOptions options;
  private final Dropout dropout;
  private final List<Kept> layers = new ArrayList<>();
  private final NDArray last;
  private final List<NDArray> normed;

  /**
   * What the gradient of a layer needs.
   *
   * @param input of the layer
   * @param made on the way; empty if it is to be made again
   */
  private record Kept(NDArray input, Optional<Made> made) {}

  /**
   * What a layer made on the way forward.
   *
   * @param output of the layer
   * @param adapters of the layer, then the marks of dropout
   * @param others what else the gradient needs
   */
  private record Made(NDArray output, List<NDArray> adapters, List<NDArray> others) {

    /** Closes all but the output. */
    void close() {
      int marks = Math.min(AdapterArrays.PER_LAYER, adapters.size());
      adapters.subList(marks, adapters.size()).forEach(NDArray::close);
      others.forEach(NDArray::close);
    }
  }

  /**
   * Runs forward.
   *
   * @param scope owns what is kept
   * @param frequency of the rotary embedding
   * @param wanted N tokens, and M indices among them, whose hidden states are wanted
   * @param network the weights, with their adapters
   * @param options what is kept
   * @param dropout of what adapters read
   */
  DecoderPass(
      NDManager scope,
      NDArray frequency,
      Wanted wanted,
      Network network,
      PassOptions options,
      Dropout dropout) {
    this.scope = scope;
    this.shape = network.shape();
    this.weights = network.body();
    this.adapters = network.adapters();
    this.reals = shape.reals(adapters.scale() / dropout.kept());
    this.options = options;
    this.dropout = dropout;
    TokenBatch batch = wanted.batch();
    this.ids = scope.create(batch.ids());
    this.positions = scope.create(batch.positions());
    this.rows = scope.create(batch.rowIndex(), new Shape(batch.rows(), batch.longest()));
    this.places = scope.create(batch.places());
    this.chosen = scope.create(wanted.indices());
    this.all = scope.create(new long[0]);
    List<NDArray> angles = run("angles", positions, frequency, weights.get(0));
    this.cos = angles.get(0);
    this.sin = angles.get(1);
    NDArray x =
        run("embed", ids, positions, weights.get(0), weights.get(1), shape.embeddingFactor())
            .get(0);
    for (int layer = 0; layer < shape.layers(); layer++) {
      Made made = forward(layer, x);
      boolean frozen = layer < options.frozenLayers();
      boolean again = frozen || options.recompute();
      if (again) {
        made.close();
      }
      if (frozen) {
        x.close();
      } else {
        layers.add(new Kept(x, again ? Optional.empty() : Optional.of(made)));
      }
      x = made.output();
    }
    this.last = x;
    this.normed = run("norm", x, weights.get(2), weights.get(3), norm(), shape.normEpsilon());
  }

  private Made forward(int layer, NDArray x) {
    List<NDArray> adaptersHere = adapters(layer);
    List<NDArray> made =
        run(
            "layer",
            x,
            layer(weights, layer),
            adaptersHere,
            cos,
            sin,
            rows,
            places,
            chosen(layer),
            shape.scores().window(layer),
            shape.integers(),
            reals);
    return new Made(made.get(0), adaptersHere, made.subList(1, made.size()));
  }

  /** Makes once more what the gradient of a layer needs. */
  private Made again(int layer, NDArray x) {
    Made made = forward(layer, x);
    made.output().close();
    return made;
  }

  private List<NDArray> run(String method, Object... arguments) {
    return Decoder.PROGRAM.run(scope, method, arguments);
  }

  /** Returns a layer's adapters, and what dropout keeps of their inputs. */
  private List<NDArray> adapters(int layer) {
    List<NDArray> arrays = adapters.layer(layer);
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
    for (int layer = shape.layers() - 1; layer >= options.frozenLayers(); layer--) {
      int current = layer;
      Kept kept = layers.remove(layers.size() - 1);
      Made made = kept.made().orElseGet(() -> again(current, kept.input()));
      NDArray before =
          run(
                  "layer_backward",
                  d,
                  kept.input(),
                  made.others(),
                  layer(weights, layer),
                  made.adapters(),
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
      made.close();
      kept.input().close();
      d = before;
    }
    if (options.frozenLayers() == 0 && gradients.get(0).size() != 0) {
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
