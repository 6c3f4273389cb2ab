package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.DecoderShape.Activation;
import dev.parley.model.decoder.DecoderShape.AttentionScores;
import dev.parley.model.decoder.DecoderShape.Norm;
import dev.parley.model.weights.TensorNaming;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Gemma 2 (Gemma Team 2024): norms with (1 + w) before and after attention and feed-forward layer,
 * embeddings times √D, scores and logits capped by tanh, every other layer with a sliding window.
 *
 * <p>Where config.json lacks a field, transformers' default counts; null means none.
 */
final class Gemma2 implements Family {

  private static final int USUAL_HEAD_DIM = 256;
  private static final int USUAL_WINDOW = 4096;
  private static final double USUAL_SCORE_CAP = 50;
  private static final double USUAL_LOGIT_CAP = 30;
  private static final double USUAL_QUERY_SCALAR = 256;
  private static final String WINDOWED = "sliding_attention";
  private static final String FULL = "full_attention";

  @Override
  public String modelType() {
    return "gemma2";
  }

  @Override
  public String languageArchitecture() {
    return "Gemma2ForCausalLM";
  }

  @Override
  public String scalarArchitecture() {
    return "Gemma2ForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    config.require(
        "use_bidirectional_attention",
        !config.flag("use_bidirectional_attention", false),
        "false or nothing");
    int hidden = config.positive("hidden_size");
    LlamaLike.Heads heads = LlamaLike.heads(config, USUAL_HEAD_DIM);
    return new DecoderShape(
        config.positive("vocab_size"),
        hidden,
        config.positive("num_hidden_layers"),
        heads.queries(),
        heads.keyValues(),
        heads.width(),
        config.positive("intermediate_size"),
        config.positive("max_position_embeddings"),
        Norm.RMS_ONE_PLUS,
        config.number("rms_norm_eps", 1e-6),
        activation(config),
        true,
        RotaryConfig.read(config, heads.width()),
        config.flag("tie_word_embeddings", true),
        scores(config),
        Math.sqrt(hidden),
        cap(config, "final_logit_softcapping", USUAL_LOGIT_CAP));
  }

  /** The published files also have "hidden_act", which transformers passes over. */
  private static Activation activation(ModelConfig config) {
    String field = "hidden_activation";
    return config.has(field) ? LlamaLike.activation(config, field) : Activation.GELU_TANH;
  }

  private static AttentionScores scores(ModelConfig config) {
    String field = "query_pre_attn_scalar";
    double scalar = config.number(field, USUAL_QUERY_SCALAR);
    config.require(field, scalar > 0, "a positive number");
    List<Integer> windowed = windowedLayers(config);
    return new AttentionScores(
        1 / Math.sqrt(scalar),
        cap(config, "attn_logit_softcapping", USUAL_SCORE_CAP),
        windowed.isEmpty() ? 0 : config.positive("sliding_window", USUAL_WINDOW),
        windowed);
  }

  private static double cap(ModelConfig config, String field, double usual) {
    if (config.isNull(field)) {
      return 0;
    }
    double cap = config.number(field, usual);
    config.require(field, cap > 0, "a positive number, or null for none");
    return cap;
  }

  /**
   * Without {@code layer_types}, as in files of transformers 4, every other layer from the first.
   */
  private static List<Integer> windowedLayers(ModelConfig config) {
    int layers = config.positive("num_hidden_layers");
    String field = "layer_types";
    List<String> types = config.texts(field);
    if (types.isEmpty()) {
      return IntStream.range(0, layers).filter(layer -> layer % 2 == 0).boxed().toList();
    }
    config.require(
        field,
        types.size() == layers && List.of(WINDOWED, FULL).containsAll(types),
        "for each of " + layers + " layers " + WINDOWED + " or " + FULL);
    return IntStream.range(0, layers)
        .filter(layer -> types.get(layer).equals(WINDOWED))
        .boxed()
        .toList();
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    boolean attention = config.flag("attention_bias", false);
    return LlamaLike.layout(
        shape, new LlamaLike.Biases(attention, attention, false), LlamaLike.Norms.AROUND);
  }

  @Override
  public TensorNaming naming() {
    return LlamaLike.NAMING;
  }
}
