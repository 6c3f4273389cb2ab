package dev.parley.model.family;

import dev.parley.model.decoder.DecoderShape.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the rotary embedding of a config.json, in both forms that transformers has written: {@code
 * rope_theta} with {@code rope_scaling}, and {@code rope_parameters}.
 */
final class RotaryConfig {

  private RotaryConfig() {}

  /**
   * Computes the inverse frequencies θ^(−2i/d), scaled as the config asks.
   *
   * @throws ModelConfigException if the scaling is not supported
   */
  static RotaryEmbedding read(ModelConfig config, int headDim) {
    boolean current = config.has("rope_parameters");
    ModelConfig scaling = config.object(current ? "rope_parameters" : "rope_scaling");
    double theta = scaling.number("rope_theta", config.number("rope_theta", 10_000));
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    List<Float> frequencies = new ArrayList<>();
    for (int i = 0; i < headDim; i += 2) {
      // In single precision, step by step as the reference implementation has it.
      float frequency = 1f / (float) Math.pow((float) theta, (float) i / headDim);
      frequencies.add(
          switch (type) {
            case "default" -> frequency;
            case "linear" -> frequency / (float) scaling.number("factor");
            case "llama3" -> llama3(frequency, scaling);
            default ->
                throw new ModelConfigException(
                    scaling.origin()
                        + ": \"rope_type\" is \""
                        + type
                        + "\", expected default, linear or llama3");
          });
    }
    return new RotaryEmbedding(frequencies);
  }

  /**
   * Llama 3.1's scaling: long waves are stretched by the factor, short ones are kept, those between
   * are interpolated.
   */
  private static float llama3(float frequency, ModelConfig scaling) {
    double factor = scaling.number("factor");
    double low = scaling.number("low_freq_factor");
    double high = scaling.number("high_freq_factor");
    double trained = scaling.number("original_max_position_embeddings");
    double wavelength = 2 * Math.PI / frequency;
    if (wavelength < trained / high) {
      return frequency;
    }
    if (wavelength > trained / low) {
      return (float) (frequency / factor);
    }
    double smooth = (trained / wavelength - low) / (high - low);
    return (float) ((1 - smooth) * frequency / factor + smooth * frequency);
  }
}
