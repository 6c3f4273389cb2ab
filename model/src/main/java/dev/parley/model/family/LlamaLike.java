package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.DecoderShape.Activation;
import dev.parley.model.decoder.DecoderShape.AttentionScores;
import dev.parley.model.decoder.DecoderShape.Norm;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.TensorNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What Llama and its descendants have in common: field names, tensor names, RMS norms, rotary. */
final class LlamaLike {

  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  /** Early exports stored tables of frequencies beside the weights. */
  static final TensorNaming NAMING =
      new TensorNaming("", HEAD, EMBEDDING, List.of(Pattern.compile(".*\\.rotary_emb\\.inv_freq")));

  private LlamaLike() {}

  /**
   * Attention's heads.
   *
   * @param queries H
   * @param keyValues K
   * @param width of one
   */
  record Heads(int queries, int keyValues, int width) {}

  /** Reads the heads; without {@code head_dim}, they share the hidden width. */
  static Heads heads(ModelConfig config) {
    int hidden = config.positive("hidden_size");
    int heads = config.positive("num_attention_heads");
    config.require(
        "num_attention_heads",
        config.has("head_dim") || hidden % heads == 0,
        "a divisor of hidden_size, which is " + hidden + ", or \"head_dim\" beside it");
    return heads(config, hidden / heads);
  }

  /**
   * Reads the heads.
   *
   * @param width of one, if config.json does not say it
   */
  static Heads heads(ModelConfig config, int width) {
    int heads = config.positive("num_attention_heads");
    int keyValueHeads = config.positive("num_key_value_heads", heads);
    config.require(
        "num_key_value_heads",
        heads % keyValueHeads == 0,
        "a divisor of num_attention_heads, which is " + heads);
    int headDim = config.positive("head_dim", width);
    config.require(
        "head_dim",
        headDim % 2 == 0,
        "an even number" + (config.has("head_dim") ? "" : "; without it heads have " + headDim));
    return new Heads(heads, keyValueHeads, headDim);
  }

  static DecoderShape shape(ModelConfig config) {
    Heads heads = heads(config);
    return shape(config, heads, AttentionScores.plain(heads.width()));
  }

  static DecoderShape shape(ModelConfig config, Heads heads, AttentionScores scores) {
    return new DecoderShape(
        config.positive("vocab_size"),
        config.positive("hidden_size"),
        config.positive("num_hidden_layers"),
        heads.queries(),
        heads.keyValues(),
        heads.width(),
        config.positive("intermediate_size"),
        config.positive("max_position_embeddings"),
        Norm.RMS,
        config.number("rms_norm_eps", 1e-6),
        activation(config, "hidden_act"),
        true,
        RotaryConfig.read(config, heads.width()),
        config.flag("tie_word_embeddings", false),
        scores,
        1,
        0);
  }

  static Activation activation(ModelConfig config, String field) {
    String name = config.text(field);
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "gelu" -> Activation.GELU;
      default ->
          throw new ModelConfigException(
              config.origin()
                  + ": \""
                  + field
                  + "\" is \""
                  + name
                  + "\", expected silu, gelu, gelu_new or gelu_pytorch_tanh");
    };
  }

  /** Which projections have biases. */
  record Biases(boolean queryKeyValue, boolean output, boolean feedForward) {}

  /** Which norms a layer has. */
  enum Norms {
    /** Before attention and before the feed-forward layer. */
    BEFORE,
    /** These, and of each head's queries and keys. */
    BEFORE_AND_OF_HEADS,
    /** Before and after attention, before and after the feed-forward layer. */
    AROUND
  }

  static DecoderLayout layout(DecoderShape shape, Biases biases, Norms norms) {
    long hidden = shape.hidden();
    List<DecoderLayout.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      layers.add(layer("model.layers." + i + ".", shape, biases, norms));
    }
    return new DecoderLayout(
        Slot.of(EMBEDDING, shape.vocabulary(), hidden),
        Slot.ABSENT,
        Slot.of("model.norm.weight", hidden),
        Slot.ABSENT,
        layers,
        shape.tied() ? Slot.ABSENT : Slot.of(HEAD, shape.vocabulary(), hidden));
  }

  private static DecoderLayout.Layer layer(
      String prefix, DecoderShape shape, Biases biases, Norms norms) {
    long hidden = shape.hidden();
    long queries = (long) shape.heads() * shape.headDim();
    long keys = (long) shape.keyValueHeads() * shape.headDim();
    long inner = shape.feedForward();
    String attention = prefix + "self_attn.";
    String mlp = prefix + "mlp.";
    List<String> qkv = List.of(attention + "q_proj.", attention + "k_proj.", attention + "v_proj.");
    List<Long> qkvRows = List.of(queries, keys, keys);
    List<String> gateUp = List.of(mlp + "gate_proj.", mlp + "up_proj.");
    List<Long> gateUpRows = List.of(inner, inner);
    boolean ofHeads = norms == Norms.BEFORE_AND_OF_HEADS;
    boolean around = norms == Norms.AROUND;
    // Where nothing is normed behind attention, this name means the norm that comes next.
    String afterAttention = "post_attention_layernorm";
    String beforeFeedForward = around ? "pre_feedforward_layernorm" : afterAttention;
    return new DecoderLayout.Layer(
        Slot.of(prefix + "input_layernorm.weight", hidden),
        Slot.ABSENT,
        Slot.stacked(suffixed(qkv, "weight"), qkvRows, hidden),
        biases.queryKeyValue() ? Slot.stacked(suffixed(qkv, "bias"), qkvRows, 0) : Slot.ABSENT,
        Slot.of(attention + "o_proj.weight", hidden, queries),
        biases.output() ? Slot.of(attention + "o_proj.bias", hidden) : Slot.ABSENT,
        Slot.of(prefix + beforeFeedForward + ".weight", hidden),
        Slot.ABSENT,
        Slot.stacked(suffixed(gateUp, "weight"), gateUpRows, hidden),
        biases.feedForward() ? Slot.stacked(suffixed(gateUp, "bias"), gateUpRows, 0) : Slot.ABSENT,
        Slot.of(mlp + "down_proj.weight", hidden, inner),
        biases.feedForward() ? Slot.of(mlp + "down_proj.bias", hidden) : Slot.ABSENT,
        ofHeads ? Slot.of(attention + "q_norm.weight", shape.headDim()) : Slot.ABSENT,
        ofHeads ? Slot.of(attention + "k_norm.weight", shape.headDim()) : Slot.ABSENT,
        around ? Slot.of(prefix + afterAttention + ".weight", hidden) : Slot.ABSENT,
        around ? Slot.of(prefix + "post_feedforward_layernorm.weight", hidden) : Slot.ABSENT);
  }

  private static List<String> suffixed(List<String> names, String suffix) {
    return names.stream().map(name -> name + suffix).toList();
  }
}
