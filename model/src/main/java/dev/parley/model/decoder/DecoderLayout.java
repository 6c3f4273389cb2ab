package dev.parley.model.decoder;

import dev.parley.model.weights.Slot;
import java.util.ArrayList;
import java.util.List;

/**
 * The arrays that the decoder's program takes, in its order. {@link Slot#ABSENT} stands for an
 * array that the model does not have.
 *
 * @param embedding {@code [V, D]}
 * @param positions learned positions {@code [maxPositions, D]}
 * @param finalNorm {@code [D]}
 * @param finalNormBias {@code [D]}
 * @param layers one per layer
 * @param head {@code [V, D]}; absent if it is the embedding
 */
public record DecoderLayout(
    Slot embedding,
    Slot positions,
    Slot finalNorm,
    Slot finalNormBias,
    List<Layer> layers,
    Slot head) {

  /** The tables of tokens and positions come first in the program's list. */
  private static final int TABLES = 2;

  /** Arrays before the layers, in the program's list. */
  static final int GLOBAL_SLOTS = 4;

  /** Arrays of a layer. */
  static final int LAYER_SLOTS = 16;

  /** Copies the list. */
  public DecoderLayout {
    layers = List.copyOf(layers);
  }

  /**
   * The arrays of one layer.
   *
   * @param attentionNorm {@code [D]}
   * @param attentionNormBias {@code [D]}
   * @param queryKeyValue {@code [(H + 2K) · headDim, D]}: queries, then keys, then values
   * @param queryKeyValueBias {@code [(H + 2K) · headDim]}
   * @param output {@code [D, H · headDim]}
   * @param outputBias {@code [D]}
   * @param feedForwardNorm {@code [D]}
   * @param feedForwardNormBias {@code [D]}
   * @param up {@code [F, D]}, or {@code [2F, D]} with the gate first if the layer is gated
   * @param upBias as long as up's first axis
   * @param down {@code [D, F]}
   * @param downBias {@code [D]}
   * @param queryNorm of each head's queries {@code [headDim]}
   * @param keyNorm of each head's keys {@code [headDim]}
   * @param attentionPostNorm of what attention adds to the stream {@code [D]}
   * @param feedForwardPostNorm of what the feed-forward layer adds to the stream {@code [D]}
   */
  public record Layer(
      Slot attentionNorm,
      Slot attentionNormBias,
      Slot queryKeyValue,
      Slot queryKeyValueBias,
      Slot output,
      Slot outputBias,
      Slot feedForwardNorm,
      Slot feedForwardNormBias,
      Slot up,
      Slot upBias,
      Slot down,
      Slot downBias,
      Slot queryNorm,
      Slot keyNorm,
      Slot attentionPostNorm,
      Slot feedForwardPostNorm) {

    List<Slot> slots() {
      return List.of(
          attentionNorm,
          attentionNormBias,
          queryKeyValue,
          queryKeyValueBias,
          output,
          outputBias,
          feedForwardNorm,
          feedForwardNormBias,
          up,
          upBias,
          down,
          downBias,
          queryNorm,
          keyNorm,
          attentionPostNorm,
          feedForwardPostNorm);
    }
  }

  /** Returns the slots of the decoder without its output head, in the program's order. */
  public List<Slot> body() {
    List<Slot> slots = new ArrayList<>(List.of(embedding, positions, finalNorm, finalNormBias));
    layers.forEach(layer -> slots.addAll(layer.slots()));
    return slots;
  }

  /**
   * Tells which slots learn if the lower layers do not.
   *
   * @param slots all of a model ({@link Heads#slots})
   * @param frozenLayers how many layers do not learn; if there are any, neither do the tables of
   *     tokens and positions, nor a language head that is one of them
   * @return the same slots, absent where nothing is learnt
   */
  public static List<Slot> learning(List<Slot> slots, int frozenLayers) {
    List<Slot> learning = new ArrayList<>(slots);
    if (frozenLayers > 0) {
      learning.subList(0, TABLES).replaceAll(slot -> Slot.ABSENT);
      learning
          .subList(GLOBAL_SLOTS, GLOBAL_SLOTS + LAYER_SLOTS * frozenLayers)
          .replaceAll(slot -> Slot.ABSENT);
    }
    return List.copyOf(learning);
  }
}
