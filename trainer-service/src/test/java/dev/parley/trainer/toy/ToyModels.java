package dev.parley.trainer.toy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
import dev.parley.model.TinyModel;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import java.nio.file.Path;
import java.util.Arrays;

/** Tiny models that differ from {@link TinyModel}. */
public final class ToyModels {

  private ToyModels() {}

  /** Makes a tiny model of another vocabulary. */
  public static LanguageModel ofVocabulary(int vocabulary) {
    JsonObject fields = new JsonObject();
    fields.addProperty("vocab_size", vocabulary);
    fields.addProperty("bos_token_id", 0);
    fields.addProperty("eos_token_id", 1);
    fields.addProperty("pad_token_id", 2);
    return LanguageModel.create(TinyModel.config().with(fields), 1, EngineOptions.CPU);
  }

  /** Writes a tiny model of another vocabulary, without text files. */
  public static Path ofVocabulary(Path directory, int vocabulary) {
    try (LanguageModel model = ofVocabulary(vocabulary)) {
      ModelFiles.write(model, directory.resolveSibling("no-text"), directory, StoredType.F32);
    }
    return directory;
  }

  private static final String POSITIONS = "transformer.wpe.weight";

  /**
   * Writes a GPT-2 whose attention adds nothing, with the text files of {@link TinyModel}: what it
   * says at a position is of the token there and of the position alone. So a step that learns from
   * what it says there, and no other, changes that position's {@link #positions}.
   */
  public static Path withoutAttention(Path directory, long seed) {
    String json =
        """
        {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 259,
         "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256,
         "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
         "tie_word_embeddings": true, "bos_token_id": 257, "eos_token_id": 258,
         "initializer_range": 0.2, "torch_dtype": "float32"}
        """;
    ModelConfig config =
        new ModelConfig("model without attention", JsonParser.parseString(json).getAsJsonObject());
    try (LanguageModel model = LanguageModel.create(config, seed, EngineOptions.CPU)) {
      for (int layer = 0; layer < 2; layer++) {
        String name = "transformer.h." + layer + ".attn.c_proj.weight";
        model.weights().setFloats(name, new float[model.weights().floats(name).length]);
      }
      return TinyModel.write(directory, model);
    }
  }

  /** Returns the weights that each position of {@link #withoutAttention} has for itself. */
  public static float[][] positions(Path directory) {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
      float[] flat = model.weights().floats(POSITIONS);
      int width = model.shape().hidden();
      float[][] positions = new float[flat.length / width][];
      Arrays.setAll(positions, p -> Arrays.copyOfRange(flat, p * width, (p + 1) * width));
      return positions;
    }
  }
}
