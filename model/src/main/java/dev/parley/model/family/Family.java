package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.weights.TensorNaming;

/** A family of models: how to read its config.json and how its checkpoints name tensors. */
public interface Family {

  /** Returns the {@code model_type} of its config.json. */
  String modelType();

  /** Returns the architecture that predicts tokens ({@code "LlamaForCausalLM"}). */
  String languageArchitecture();

  /** Returns the architecture that gives one number ({@code "LlamaForSequenceClassification"}). */
  String scalarArchitecture();

  /**
   * Reads the decoder's shape.
   *
   * @param config the model's config.json
   * @throws ModelConfigException if a field is missing, or has a value that is not supported
   */
  DecoderShape shape(ModelConfig config);

  /**
   * Says which tensors of the checkpoint make which arrays of the decoder.
   *
   * @param config the model's config.json
   * @param shape the shape read from it
   */
  DecoderLayout layout(ModelConfig config, DecoderShape shape);

  /** Returns how its checkpoints name tensors. */
  TensorNaming naming();
}
