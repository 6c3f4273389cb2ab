package dev.parley.model.decoder;

import dev.parley.model.weights.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What stands on top of a decoder.
 *
 * @param language whether tokens are predicted
 * @param scalar the head that gives numbers, if there is one
 * @param outputs K, how many numbers it gives per position; 0 without one
 */
public record Heads(boolean language, Optional<Scalar> scalar, int outputs) {

  /** Predicts tokens. */
  public static final Heads LANGUAGE = new Heads(true, Optional.empty(), 0);

  /** Gives one number, as reward models and separate critics do. */
  public static final Heads SCORE = scores(1);

  /** Predicts tokens and gives a value at each position, from one trunk. */
  public static final Heads LANGUAGE_AND_VALUE = new Heads(true, Optional.of(Scalar.VALUE), 1);

  /**
   * Gives several numbers, as reward models of several attributes do.
   *
   * @param outputs K, at least 1
   */
  public static Heads scores(int outputs) {
    return new Heads(false, Optional.of(Scalar.SCORE), outputs);
  }

  /** A linear layer from the hidden state to numbers. */
  public enum Scalar {
    /** The head of {@code *ForSequenceClassification}: without bias. */
    SCORE("score.weight", Optional.empty()),
    /** A value head beside a language head, named as TRL names it. */
    VALUE("v_head.summary.weight", Optional.of("v_head.summary.bias"));

    private final String weight;
    private final Optional<String> bias;

    Scalar(String weight, Optional<String> bias) {
      this.weight = weight;
      this.bias = bias;
    }

    /** Returns the names of its tensors. */
    public List<String> names() {
      List<String> names = new ArrayList<>(List.of(weight));
      bias.ifPresent(names::add);
      return names;
    }

    private List<Slot> slots(long outputs, long hidden) {
      return List.of(
          Slot.of(weight, outputs, hidden),
          bias.map(name -> Slot.of(name, outputs)).orElse(Slot.ABSENT));
    }
  }

  /** Returns all slots of a model: the decoder's body, the language head, the scalar head. */
  public List<Slot> slots(DecoderLayout layout, DecoderShape shape) {
    List<Slot> slots = new ArrayList<>(layout.body());
    slots.add(language ? layout.head() : Slot.ABSENT);
    slots.addAll(scalarSlots(shape));
    return slots;
  }

  /** Returns weight and bias of the scalar head, absent where there is none. */
  public List<Slot> scalarSlots(DecoderShape shape) {
    return scalar
        .map(head -> head.slots(outputs, shape.hidden()))
        .orElse(List.of(Slot.ABSENT, Slot.ABSENT));
  }
}
