package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.DecoderShape.AttentionScores;
import dev.parley.model.decoder.DecoderShape.Norm;
import dev.parley.model.decoder.DecoderShape.RotaryEmbedding;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.TensorNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * GPT-2 (Radford et al. 2019): learned positions, layer norms with biases, a plain feed-forward
 * layer. Its checkpoints hold projections as {@code [in, out]}.
 */
final class Gpt2 implements Family {

  private static final String EMBEDDING = "transformer.wte.weight";
  private static final String HEAD = "lm_head.weight";

  private static final TensorNaming NAMING =
      new TensorNaming(
          "transformer.",
          HEAD,
          EMBEDDING,
          // Causal masks that older versions stored as buffers.
          List.of(Pattern.compile("(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)")));

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public String languageArchitecture() {
    return "GPT2LMHeadModel";
  }

  @Override
  public String scalarArchitecture() {
    return "GPT2ForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    config.require("scale_attn_weights", config.flag("scale_attn_weights", true), "true");
    config.require(
        "scale_attn_by_inverse_layer_idx",
        !config.flag("scale_attn_by_inverse_layer_idx", false),
        "false");
    int hidden = config.positive("n_embd");
    int heads = config.positive("n_head");
    config.require("n_head", hidden % heads == 0, "a divisor of n_embd, which is " + hidden);
    return new DecoderShape(
        config.positive("vocab_size"),
        hidden,
        config.positive("n_layer"),
        heads,
        heads,
        hidden / heads,
        config.positive("n_inner", 4 * hidden),
        config.positive("n_positions"),
        Norm.LAYER,
        config.number("layer_norm_epsilon", 1e-5),
        LlamaLike.activation(config, "activation_function"),
        false,
        RotaryEmbedding.NONE,
        config.flag("tie_word_embeddings", true),
        AttentionScores.plain(hidden / heads),
        1,
        0);
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    long hidden = shape.hidden();
    long inner = shape.feedForward();
    List<DecoderLayout.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      String prefix = "transformer.h." + i + ".";
      layers.add(
          new DecoderLayout.Layer(
              Slot.of(prefix + "ln_1.weight", hidden),
              Slot.of(prefix + "ln_1.bias", hidden),
              Slot.transposed(prefix + "attn.c_attn.weight", 3 * hidden, hidden),
              Slot.of(prefix + "attn.c_attn.bias", 3 * hidden),
              Slot.transposed(prefix + "attn.c_proj.weight", hidden, hidden),
              Slot.of(prefix + "attn.c_proj.bias", hidden),
              Slot.of(prefix + "ln_2.weight", hidden),
              Slot.of(prefix + "ln_2.bias", hidden),
              Slot.transposed(prefix + "mlp.c_fc.weight", inner, hidden),
              Slot.of(prefix + "mlp.c_fc.bias", inner),
              Slot.transposed(prefix + "mlp.c_proj.weight", hidden, inner),
              Slot.of(prefix + "mlp.c_proj.bias", hidden),
              Slot.ABSENT,
              Slot.ABSENT,
              Slot.ABSENT,
              Slot.ABSENT));
    }
    return new DecoderLayout(
        Slot.of(EMBEDDING, shape.vocabulary(), hidden),
        Slot.of("transformer.wpe.weight", shape.maxPositions(), hidden),
        Slot.of("transformer.ln_f.weight", hidden),
        Slot.of("transformer.ln_f.bias", hidden),
        layers,
        shape.tied() ? Slot.ABSENT : Slot.of(HEAD, shape.vocabulary(), hidden));
  }

  @Override
  public TensorNaming naming() {
    return NAMING;
  }
}
