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

  /** Returns the same without the language head. */
  public Network withoutLanguage() {
    return new Network(
        shape, new Heads(false, heads.scalar()), body, languageHead, scalarWeight, scalarBias);
  }
}
