package dev.parley.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.decoder.Heads;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A Llama of some thousand parameters with a byte tokenizer and a ChatML template, made from a
 * seed: what tests run on.
 */
public final class TinyModel {

  /** Ends a turn. */
  public static final int END_OF_TURN = 258;

  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
          + "{% if message['role'] == 'assistant' %}{% generation %}"
          + "{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}"
          + "{% else %}{{ message['content'] + '<|im_end|>' + '\\n' }}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private static final List<String> TEXT_FILES =
      List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json");

  private TinyModel() {}

  /** Returns what config.json says: two layers, grouped queries, tied embeddings, 259 tokens. */
  public static ModelConfig config() {
    String json =
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 259,
         "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256,
         "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
         "tie_word_embeddings": true, "bos_token_id": 257, "eos_token_id": 258,
         "pad_token_id": 256, "initializer_range": 0.2, "torch_dtype": "float32"}
        """;
    return new ModelConfig("tiny model", JsonParser.parseString(json).getAsJsonObject());
  }

  /** Makes the model in memory. */
  public static LanguageModel create(long seed) {
    return LanguageModel.create(config(), seed, EngineOptions.CPU);
  }

  /** Makes a model whose head has weights of its own, so that tokens can be broken one by one. */
  public static LanguageModel createUntied(long seed) {
    JsonObject untied = new JsonObject();
    untied.addProperty("tie_word_embeddings", false);
    return LanguageModel.create(config().with(untied), seed, EngineOptions.CPU);
  }

  /**
   * Makes the embedding of a token NaN: what follows the token has no probability, all else has
   * what it had.
   *
   * @param model made by {@link #createUntied}
   * @param token its id
   */
  public static void breakToken(LanguageModel model, int token) {
    String name = "model.embed_tokens.weight";
    float[] embedding = model.weights().floats(name);
    int hidden = model.shape().hidden();
    Arrays.fill(embedding, token * hidden, (token + 1) * hidden, Float.NaN);
    model.weights().setFloats(name, embedding);
  }

  /** Writes a language model directory. */
  public static Path write(Path directory, long seed) {
    try (LanguageModel model = create(seed)) {
      return write(directory, model);
    }
  }

  /** Writes a reward model directory. */
  public static Path writeReward(Path directory, long seed) {
    return writeReward(directory, seed, 1);
  }

  /** Writes a directory of a reward model that gives several scores. */
  public static Path writeReward(Path directory, long seed, int scores) {
    try (LanguageModel model = create(seed);
        LanguageModel reward = model.withHeads(Heads.scores(scores), seed + 1)) {
      return write(directory, reward);
    }
  }

  /** Gives a model an adapter of rank 2 in all projections, whose every number is random. */
  public static LanguageModel adapted(LanguageModel base, Heads heads, long seed) {
    LanguageModel model =
        base.adapted(
            new LoraSettings(2, 4, List.of(LoraSettings.ALL_LINEAR), 0, false), heads, seed);
    Weights adapter = model.adapter().orElseThrow().weights();
    Random random = new Random(seed);
    for (String name : adapter.names()) {
      float[] values = adapter.floats(name);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.1 * random.nextGaussian());
      }
      adapter.setFloats(name, values);
    }
    return model;
  }

  /**
   * Writes an adapter as {@link #adapted} makes it, in PEFT's layout and without a tokenizer.
   *
   * @param directory where to
   * @param base the directory of the language model that it adapts
   * @param heads {@link Heads#LANGUAGE}, or {@link Heads#SCORE} for a reward model
   */
  public static Path writeAdapter(Path directory, Path base, Heads heads, long seed) {
    ModelDirectory here = ModelDirectory.of(base);
    try (LanguageModel plain = LanguageModel.open(here, EngineOptions.CPU);
        LanguageModel model = adapted(plain, heads, seed)) {
      Files.createDirectories(directory);
      AdapterFiles.write(
          model.adapter().orElseThrow(),
          new AdapterFiles.Base(base.toAbsolutePath().toString(), here.digest()),
          directory,
          StoredType.F32);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory, e);
    }
  }

  /** Writes a model as a directory, with the byte tokenizer and the ChatML template. */
  public static Path write(Path directory, LanguageModel model) {
    try {
      Path text = Files.createTempDirectory("parley-tiny-text");
      String generation = "{\"eos_token_id\": " + END_OF_TURN + "}";
      Files.writeString(text.resolve(TEXT_FILES.get(0)), tokenizer().toString());
      Files.writeString(text.resolve(TEXT_FILES.get(1)), tokenizerConfig().toString());
      Files.writeString(text.resolve(TEXT_FILES.get(2)), generation);
      ModelFiles.write(model, text, directory, StoredType.F32);
      for (String file : TEXT_FILES) {
        Files.delete(text.resolve(file));
      }
      Files.delete(text);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory, e);
    }
  }

  private static JsonObject tokenizer() {
    JsonObject vocabulary = new JsonObject();
    for (int value = 0; value < 256; value++) {
      vocabulary.addProperty(byteCharacter(value), value);
    }
    JsonArray added = new JsonArray();
    String[] specials = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    for (int i = 0; i < specials.length; i++) {
      vocabulary.addProperty(specials[i], 256 + i);
      JsonObject token = new JsonObject();
      token.addProperty("id", 256 + i);
      token.addProperty("content", specials[i]);
      for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        token.addProperty(flag, false);
      }
      token.addProperty("special", true);
      added.add(token);
    }
    JsonObject bpe = new JsonObject();
    bpe.addProperty("type", "BPE");
    bpe.add("vocab", vocabulary);
    bpe.add("merges", new JsonArray());
    JsonObject byteLevel =
        JsonParser.parseString(
                "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,"
                    + " \"use_regex\": true}")
            .getAsJsonObject();
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", added);
    tokenizer.add("pre_tokenizer", byteLevel);
    tokenizer.add("decoder", byteLevel.deepCopy());
    tokenizer.add("model", bpe);
    return tokenizer;
  }

  /** GPT-2's printable stand-in for a byte. */
  private static String byteCharacter(int value) {
    int shifted = 256;
    for (int b = 0; b <= value; b++) {
      boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
      if (b == value) {
        return Character.toString(printable ? b : shifted);
      }
      shifted += printable ? 0 : 1;
    }
    throw new IllegalArgumentException("no byte: " + value);
  }

  private static JsonObject tokenizerConfig() {
    JsonObject config = new JsonObject();
    config.addProperty("bos_token", "<|im_start|>");
    config.addProperty("eos_token", "<|im_end|>");
    config.addProperty("pad_token", "<|endoftext|>");
    config.addProperty("clean_up_tokenization_spaces", false);
    config.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
    config.addProperty("chat_template", CHAT_TEMPLATE);
    return config;
  }
}
