package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.weights.TensorNaming;

/** Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's shape with biases on queries, keys and values. */
final class Qwen2 implements Family {

  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public String languageArchitecture() {
    return "Qwen2ForCausalLM";
  }

  @Override
  public String scalarArchitecture() {
    return "Qwen2ForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    config.require(
        "use_sliding_window", !config.flag("use_sliding_window", false), "false or nothing");
    return LlamaLike.shape(config);
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    return LlamaLike.layout(
        shape, new LlamaLike.Biases(true, false, false), LlamaLike.Norms.BEFORE);
  }

  @Override
  public TensorNaming naming() {
    return LlamaLike.NAMING;
  }
}
