package dev.parley.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
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

/**
 * Llama shapes with random weights and a vocabulary of words, which any peer can load. The head is
 * the embedding table.
 *
 * @param size parameters, as names of comparisons have it
 * @param hidden width
 * @param intermediate width of the feed-forward layer
 * @param layers decoder layers
 * @param heads attention heads
 * @param keyValueHeads heads of keys and values
 * @param vocabulary tokens
 */
record BenchModel(
    String size,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int keyValueHeads,
    int vocabulary) {

  /** 5.0 million parameters. */
  static final BenchModel FIVE_MILLION = new BenchModel("5m", 256, 688, 6, 8, 8, 1024);

  /** 15.2 million parameters, most of them words: the shape of llama2.c's stories15M. */
  static final BenchModel FIFTEEN_MILLION = new BenchModel("15m", 288, 768, 6, 6, 6, 32_000);

  /** 134.5 million parameters: the shape of SmolLM2-135M. */
  static final BenchModel SMOL = new BenchModel("135m", 576, 1536, 30, 9, 3, 49_152);

  /** Special tokens in front of the words. */
  private static final int SPECIALS = 3;

  private static final int END = 1;

  /** Eight standard deviations of the random numbers beside it. */
  private static final float MARK = 0.16f;

  private static final float MEAN_WEIGHT = 0.02f;

  /** With it scores of random texts of 64 words differ by about 1. */
  private static final float SCORE_WEIGHT = 4;

  /** Returns a word of the vocabulary, one token each. */
  String word(int index) {
    return "w" + Math.floorMod(index, vocabulary - SPECIALS);
  }

  /** Writes a language model: random, but that words with even and with odd numbers are alike. */
  void writePolicy(Path directory) {
    try (LanguageModel model = language()) {
      write(directory, model);
    }
  }

  /**
   * Writes a model with one score per text, of the same shape: random but for the paths that make
   * the score. It is the share of even words so far less that of odd ones, so that there is
   * something to learn.
   */
  void writeReward(Path directory) {
    try (LanguageModel language = language();
        LanguageModel model = language.withHeads(Heads.SCORE, 2)) {
      scoreEvenWords(model.weights());
      write(directory, model);
    }
  }

  private LanguageModel language() {
    LanguageModel model = LanguageModel.create(config(), 1, EngineOptions.CPU);
    markEvenWords(model.weights());
    return model;
  }

  /** Has coordinate 0 of an embedding say whether its word is even, and leaves 1 free. */
  private void markEvenWords(Weights weights) {
    float[] embedding = weights.floats("model.embed_tokens.weight");
    for (int token = 0; token < vocabulary; token++) {
      boolean even = (token - SPECIALS) % 2 == 0;
      embedding[token * hidden] = token < SPECIALS ? 0 : even ? MARK : -MARK;
      embedding[token * hidden + 1] = 0;
    }
    weights.setFloats("model.embed_tokens.weight", embedding);
  }

  /**
   * Makes the score. A head of the first layer, whose queries are nothing, so that it looks at all
   * tokens alike, puts the mean of their marks into coordinate 1, which nothing else writes to and
   * the score reads.
   */
  private void scoreEvenWords(Weights weights) {
    for (int layer = 0; layer < layers; layer++) {
      fill(weights, layer, "self_attn.o_proj", hidden, hidden + hidden, 0);
      fill(weights, layer, "mlp.down_proj", intermediate, intermediate + intermediate, 0);
    }
    fill(weights, 0, "self_attn.q_proj", 0, hidden / heads * hidden, 0);
    fill(weights, 0, "self_attn.v_proj", 0, hidden, 0);
    fill(weights, 0, "self_attn.v_proj", 0, 1, 1);
    fill(weights, 0, "self_attn.o_proj", hidden, hidden + 1, MEAN_WEIGHT);
    float[] score = new float[hidden];
    score[1] = SCORE_WEIGHT;
    weights.setFloats("score.weight", score);
  }

  private static void fill(
      Weights weights, int layer, String matrix, int from, int to, float value) {
    String name = "model.layers.%d.%s.weight".formatted(layer, matrix);
    float[] values = weights.floats(name);
    Arrays.fill(values, from, to, value);
    weights.setFloats(name, values);
  }

  private void write(Path directory, LanguageModel model) {
    try {
      Path text = Files.createTempDirectory("parley-bench-text");
      Files.writeString(text.resolve("tokenizer.json"), tokenizer().toString());
      Files.writeString(
          text.resolve("tokenizer_config.json"),
          """
          {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "eos_token": "<end>",
           "unk_token": "<unknown>", "clean_up_tokenization_spaces": false,
           "chat_template": "{% for message in messages %}{{ message['content'] + ' ' }}{% endfor %}"}
          """);
      ModelFiles.replace(model, text, directory, StoredType.F32);
      Files.delete(text.resolve("tokenizer.json"));
      Files.delete(text.resolve("tokenizer_config.json"));
      Files.delete(text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory, e);
    }
  }

  /** Returns what config.json says. */
  ModelConfig config() {
    JsonObject config =
        JsonParser.parseString(
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
                 "max_position_embeddings": 1024, "hidden_act": "silu", "rms_norm_eps": 1e-5,
                 "rope_theta": 10000.0, "tie_word_embeddings": true, "bos_token_id": 1,
                 "eos_token_id": 1, "pad_token_id": 0, "initializer_range": 0.02,
                 "torch_dtype": "float32"}
                """)
            .getAsJsonObject();
    config.addProperty("hidden_size", hidden);
    config.addProperty("intermediate_size", intermediate);
    config.addProperty("num_hidden_layers", layers);
    config.addProperty("num_attention_heads", heads);
    config.addProperty("num_key_value_heads", keyValueHeads);
    config.addProperty("vocab_size", vocabulary);
    return new ModelConfig("bench model", config);
  }

  private JsonObject tokenizer() {
    JsonObject words = new JsonObject();
    String[] specials = {"<pad>", "<end>", "<unknown>"};
    JsonArray added = new JsonArray();
    for (int id = 0; id < SPECIALS; id++) {
      words.addProperty(specials[id], id);
      JsonObject token = new JsonObject();
      token.addProperty("id", id);
      token.addProperty("content", specials[id]);
      for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        token.addProperty(flag, false);
      }
      token.addProperty("special", id <= END);
      added.add(token);
    }
    for (int i = 0; i < vocabulary - SPECIALS; i++) {
      words.addProperty(word(i), SPECIALS + i);
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "WordLevel");
    model.addProperty("unk_token", "<unknown>");
    model.add("vocab", words);
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", added);
    tokenizer.add("pre_tokenizer", JsonParser.parseString("{\"type\": \"WhitespaceSplit\"}"));
    tokenizer.add("model", model);
    return tokenizer;
  }
}
