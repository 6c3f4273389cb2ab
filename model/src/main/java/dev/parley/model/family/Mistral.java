package dev.parley.model.family;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.DecoderShape.AttentionScores;
import dev.parley.model.weights.TensorNaming;
import java.util.stream.IntStream;

/**
 * Mistral (Jiang et al. 2023): Llama's shape, in whose first versions every layer sees a sliding
 * window.
 */
final class Mistral implements Family {

  /** What transformers takes if config.json does not name a window; null there means none. */
  private static final int USUAL_WINDOW = 4096;

  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public String languageArchitecture() {
    return "MistralForCausalLM";
  }

  @Override
  public String scalarArchitecture() {
    return "MistralForSequenceClassification";
  }

  @Override
  public DecoderShape shape(ModelConfig config) {
    config.require(
        "layer_types",
        !config.has("layer_types"),
        "nothing: layers of a mistral are of one kind, those of a ministral differ");
    LlamaLike.Heads heads = LlamaLike.heads(config);
    AttentionScores scores = AttentionScores.plain(heads.width());
    if (!config.isNull("sliding_window")) {
      int layers = config.positive("num_hidden_layers");
      scores =
          new AttentionScores(
              scores.scale(),
              scores.cap(),
              config.positive("sliding_window", USUAL_WINDOW),
              IntStream.range(0, layers).boxed().toList());
    }
    return LlamaLike.shape(config, heads, scores);
  }

  @Override
  public DecoderLayout layout(ModelConfig config, DecoderShape shape) {
    return LlamaLike.layout(
        shape, new LlamaLike.Biases(false, false, false), LlamaLike.Norms.BEFORE);
  }

  @Override
  public TensorNaming naming() {
    return LlamaLike.NAMING;
  }
}
