package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.DecoderShape.AttentionScores;
import dev.parley.model.weights.TensorNaming;

/**
 * Qwen3, dense (Yang et al. 2025): Llama's shape with an RMS norm of each head's queries and keys
 * before they are turned.
 */
final class Qwen3 implements Family {

  /** What transformers takes if config.json does not say it. */
  private static final int USUAL_HEAD_DIM = 128;

  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public String languageArchitecture() {
    return "Qwen3ForCausalLM";
  }

  @Override
  public String scalarArchitecture() {
    return "Qwen3ForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    config.require(
        "use_sliding_window", !config.flag("use_sliding_window", false), "false or nothing");
    LlamaLike.Heads heads = LlamaLike.heads(config, USUAL_HEAD_DIM);
    return LlamaLike.shape(config, heads, AttentionScores.plain(heads.width()));
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    boolean attention = config.flag("attention_bias", false);
    return LlamaLike.layout(
        shape,
        new LlamaLike.Biases(attention, attention, false),
        LlamaLike.Norms.BEFORE_AND_OF_HEADS);
  }

  @Override
  public TensorNaming naming() {
    return LlamaLike.NAMING;
  }
}
