package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.weights.Weights;
import java.util.Collections;
import java.util.List;

/**
 * The arrays of one model in the roles that the programs know.
 *
 * @param shape the decoder's shape
 * @param heads what stands on top
 * @param body the arrays of {@link DecoderLayout#body()}
 * @param languageHead {@code [V, D]}; the embedding itself if they are tied
 * @param scalarWeight {@code [K, D]}, or empty
 * @param scalarBias {@code [K]}, or empty
 * @param adapters of the body's projections, if the model has any
 */
public record Network(
    DecoderShape shape,
    Heads heads,
    List<NDArray> body,
    NDArray languageHead,
    NDArray scalarWeight,
    NDArray scalarBias,
    AdapterArrays adapters) {

  /** Arrays of the heads, behind those of the body. */
  private static final int HEAD_SLOTS = 3;

  /** Arrays of the scalar head, behind the adapters. */
  private static final int SCALAR_SLOTS = 2;

  /**
   * Sorts the arrays of {@link Heads#slots} into their roles.
   *
   * @param shape the decoder's shape
   * @param heads what stands on top
   * @param weights weights, or gradients in the same layout
   */
  public static Network of(DecoderShape shape, Heads heads, Weights weights) {
    List<NDArray> arrays = weights.arrays();
    int body = arrays.size() - HEAD_SLOTS;
    return new Network(
        shape,
        heads,
        arrays.subList(0, body),
        shape.tied() ? arrays.get(0) : arrays.get(body),
        arrays.get(body + 1),
        arrays.get(body + 2),
        AdapterArrays.NONE);
  }

  /**
   * Returns the same with adapters and another scalar head.
   *
   * @param newHeads what stands on top
   * @param adapter {@link AdapterArrays#PER_LAYER} arrays for each layer, then weight and bias of
   *     the scalar head, empty if there is none
   * @param scale of the adapters
   */
  public Network adapted(Heads newHeads, Weights adapter, double scale) {
    List<NDArray> arrays = adapter.arrays();
    int scalar = arrays.size() - SCALAR_SLOTS;
    return new Network(
        shape,
        newHeads,
        body,
        languageHead,
        arrays.get(scalar),
        arrays.get(scalar + 1),
        new AdapterArrays(arrays.subList(0, scalar), scale));
  }

  /**
   * Sorts gradients into the same roles; where a weight is frozen, an empty array stands for its
   * gradient.
   *
   * @param scope owns the empty array
   * @param gradients in the layout of the weights that learn: all of them, or the adapters with the
   *     scalar head
   */
  Network gradients(NDManager scope, Weights gradients) {
    if (!adapters.present()) {
      return of(shape, heads, gradients);
    }
    NDArray none = Head.none(scope);
    return new Network(
            shape,
            heads,
            Collections.nCopies(body.size(), none),
            none,
            none,
            none,
            AdapterArrays.NONE)
        .adapted(heads, gradients, adapters.scale());
  }

  /**
   * The arrays of one layer, as {@link DecoderLayout.Layer} describes them; empty where the model
   * has none.
   */
  public record Layer(
      NDArray attentionNorm,
      NDArray attentionNormBias,
      NDArray queryKeyValue,
      NDArray queryKeyValueBias,
      NDArray output,
      NDArray outputBias,
      NDArray feedForwardNorm,
      NDArray feedForwardNormBias,
      NDArray up,
      NDArray upBias,
      NDArray down,
      NDArray downBias,
      NDArray queryNorm,
      NDArray keyNorm,
      NDArray attentionPostNorm,
      NDArray feedForwardPostNorm) {}

  /** Returns the arrays of a layer, from 0. */
  public Layer layer(int layer) {
    int first = DecoderLayout.GLOBAL_SLOTS + DecoderLayout.LAYER_SLOTS * layer;
    List<NDArray> a = body.subList(first, first + DecoderLayout.LAYER_SLOTS);
    return new Layer(
        a.get(0), a.get(1), a.get(2), a.get(3), a.get(4), a.get(5), a.get(6), a.get(7), a.get(8),
        a.get(9), a.get(10), a.get(11), a.get(12), a.get(13), a.get(14), a.get(15));
  }

  /** Returns the embedding {@code [V, D]}. */
  public NDArray tokenTable() {
    return body.get(0);
  }

  /** Returns what is added at each position {@code [T, D]}; empty where positions are rotations. */
  public NDArray positionTable() {
    return body.get(1);
  }

  /** Returns the weight of the norm behind the last layer. */
  public NDArray finalNorm() {
    return body.get(2);
  }

  /** Returns the bias of the norm behind the last layer. */
  public NDArray finalNormBias() {
    return body.get(3);
  }

  /** Returns the same without the language head. */
  public Network withoutLanguage() {
    return new Network(
        shape,
        new Heads(false, heads.scalar(), heads.outputs()),
        body,
        languageHead,
        scalarWeight,
        scalarBias,
        adapters);
  }
}
