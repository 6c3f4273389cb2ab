package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.parley.model.weights.Weights;
import java.util.List;

/**
 * The arrays of one model in the roles that the programs know.
 *
 * @param shape the decoder's shape
 * @param heads what stands on top
 * @param body the arrays of {@link DecoderLayout#body()}
 * @param languageHead {@code [V, D]}; the embedding itself if they are tied
 * @param scalarWeight {@code [1, D]}, or empty
 * @param scalarBias {@code [1]}, or empty
 */
public record Network(
    DecoderShape shape,
    Heads heads,
    List<NDArray> body,
    NDArray languageHead,
    NDArray scalarWeight,
    NDArray scalarBias) {

  /**
   * Sorts the arrays of {@link Heads#slots} into their roles.
   *
   * @param shape the decoder's shape
   * @param heads what stands on top
   * @param weights weights, or gradients in the same layout
   */
  public static Network of(DecoderShape shape, Heads heads, Weights weights) {
    List<NDArray> arrays = weights.arrays();
    int body = arrays.size() - 3;
    return new Network(
        shape,
        heads,
        arrays.subList(0, body),
        shape.tied() ? arrays.get(0) : arrays.get(body),
        arrays.get(body + 1),
        arrays.get(body + 2));
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
        shape, new Heads(false, heads.scalar()), body, languageHead, scalarWeight, scalarBias);
  }
}
