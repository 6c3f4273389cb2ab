package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.weights.TensorNaming;

/** Llama 2 and 3 (Touvron et al. 2023, Dubey et al. 2024) and models of its shape: SmolLM2. */
final class Llama implements Family {

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public String languageArchitecture() {
    return "LlamaForCausalLM";
  }

  @Override
  public String scalarArchitecture() {
    return "LlamaForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    return LlamaLike.shape(config);
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    boolean attention = config.flag("attention_bias", false);
    boolean feedForward = config.flag("mlp_bias", false);
    return LlamaLike.layout(
        shape, new LlamaLike.Biases(attention, attention, feedForward), LlamaLike.Norms.BEFORE);
  }

  @Override
  public TensorNaming naming() {
    return LlamaLike.NAMING;
  }
}
