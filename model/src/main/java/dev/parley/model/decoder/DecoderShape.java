package dev.parley.model.decoder;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers that make one decoder of a family: what its program needs beside the weights.
 *
 * @param vocabulary V, tokens in the vocabulary
 * @param hidden D, width of the hidden state
 * @param layers number of layers
 * @param heads H, attention heads
 * @param keyValueHeads K, heads of keys and values; divides H (grouped-query attention)
 * @param headDim width of one head
 * @param feedForward width of the feed-forward layer
 * @param maxPositions longest sequence that the model was made for
 * @param norm kind of normalisation
 * @param normEpsilon added under its root
 * @param activation of the feed-forward layer
 * @param gated whether the feed-forward layer is gated (SwiGLU) or plain
 * @param rotary how positions turn queries and keys, or {@link RotaryEmbedding#NONE}
 * @param tied whether the output head is the embedding table
 * @param scores how attention scores queries and keys
 * @param embeddingFactor multiplies the embedding of a token
 * @param logitCap c in c · tanh(logit / c), which keeps logits small (Gemma 2); 0 for none
 */
public record DecoderShape(
    int vocabulary,
    int hidden,
    int layers,
    int heads,
    int keyValueHeads,
    int headDim,
    int feedForward,
    int maxPositions,
    Norm norm,
    double normEpsilon,
    Activation activation,
    boolean gated,
    RotaryEmbedding rotary,
    boolean tied,
    AttentionScores scores,
    double embeddingFactor,
    double logitCap) {

  /** Checks that heads can be grouped and turned. */
  public DecoderShape {
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads "
              + heads
              + " is not a multiple of "
              + keyValueHeads
              + " num_key_value_heads");
    }
    if (rotary.present() && headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "head_dim is " + headDim + ", expected an even number: rotary embeddings turn pairs");
    }
  }

  /** Kinds of normalisation; the order is the program's. */
  public enum Norm {
    /** x / rms(x) · w (Zhang and Sennrich 2019). */
    RMS,
    /** (x − mean) / std · w + b (Ba et al. 2016). */
    LAYER,
    /** x / rms(x) · (1 + w) (Gemma). */
    RMS_ONE_PLUS;

    /** Returns the weight that changes nothing. */
    public float neutralWeight() {
      return this == RMS_ONE_PLUS ? 0 : 1;
    }
  }

  /** Activations; the order is the program's. */
  public enum Activation {
    /** x · sigmoid(x). */
    SILU,
    /** GELU in its tanh approximation ({@code gelu_new}, {@code gelu_pytorch_tanh}). */
    GELU_TANH,
    /** GELU with the error function. */
    GELU
  }

  /**
   * Rotary position embedding (Su et al. 2021): pairs of coordinates turn by position × frequency.
   *
   * @param inverseFrequencies one per pair; empty if the model has no rotary embedding
   */
  public record RotaryEmbedding(List<Float> inverseFrequencies) {

    /** No rotary embedding: positions are learned. */
    public static final RotaryEmbedding NONE = new RotaryEmbedding(List.of());

    /** Copies the list. */
    public RotaryEmbedding {
      inverseFrequencies = List.copyOf(inverseFrequencies);
    }

    /** Returns whether the model has one. */
    public boolean present() {
      return !inverseFrequencies.isEmpty();
    }

    /** In short: the lowest frequency is what bases and scalings change most. */
    @Override
    public String toString() {
      int pairs = inverseFrequencies.size();
      return present()
          ? "%d pairs down to frequency %s".formatted(pairs, inverseFrequencies.get(pairs - 1))
          : "none";
    }
  }

  /**
   * How attention scores a query and a key.
   *
   * @param scale multiplies their product
   * @param cap c in c · tanh(score / c), which keeps scores small (Gemma 2); 0 for none
   * @param window keys that a query of a windowed layer sees, its own position's being the last of
   *     them (Beltagy et al. 2020); 0 if no layer is windowed
   * @param windowedLayers which layers are, by their indices from 0
   */
  public record AttentionScores(
      double scale, double cap, int window, List<Integer> windowedLayers) {

    /** Copies the list and checks that a window is given where one is needed. */
    public AttentionScores {
      windowedLayers = List.copyOf(windowedLayers);
      if (window == 0 != windowedLayers.isEmpty()) {
        throw new IllegalArgumentException(
            "the sliding window is " + window + " in layers " + windowedLayers);
      }
    }

    /** Scores of plain attention: scaled by 1 / √headDim (Vaswani et al. 2017). */
    public static AttentionScores plain(int headDim) {
      return new AttentionScores(1 / Math.sqrt(headDim), 0, 0, List.of());
    }

    /** Returns how many keys a query of a layer sees; 0 for all up to its own. */
    public int window(int layer) {
      return windowedLayers.contains(layer) ? window : 0;
    }
  }

  /**
   * Tells in what this differs from another shape.
   *
   * @param expected the other
   * @return for each number that differs its name, this shape's and the other's, as in {@code
   *     feedForward=128, expected 64}
   */
  public List<String> differencesFrom(DecoderShape expected) {
    return Arrays.stream(DecoderShape.class.getRecordComponents())
        .filter(number -> !value(number).equals(expected.value(number)))
        .map(
            number ->
                "%s=%s, expected %s"
                    .formatted(number.getName(), value(number), expected.value(number)))
        .toList();
  }

  private Object value(RecordComponent number) {
    try {
      return number.getAccessor().invoke(this);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + number, e);
    }
  }

  /** Integers in the order in which the program reads them. */
  long[] integers() {
    long[] first = {
      layers,
      heads,
      keyValueHeads,
      headDim,
      norm.ordinal(),
      activation.ordinal(),
      gated ? 1 : 0,
      scores.window()
    };
    long[] all = Arrays.copyOf(first, first.length + layers);
    scores.windowedLayers().forEach(layer -> all[first.length + layer] = 1);
    return all;
  }

  /** Real numbers in the order in which the program reads them, without adapters. */
  double[] reals() {
    return reals(0);
  }

  /**
   * Real numbers in the order in which the program reads them.
   *
   * @param adapterScale multiplies what adapters add
   */
  double[] reals(double adapterScale) {
    return new double[] {normEpsilon, scores.scale(), scores.cap(), embeddingFactor, adapterScale};
  }
}
