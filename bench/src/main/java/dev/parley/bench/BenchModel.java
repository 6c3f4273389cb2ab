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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

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

  /** Returns a word of the vocabulary, one token each. */
  String word(int index) {
    return "w" + Math.floorMod(index, vocabulary - SPECIALS);
  }

  /** Writes a language model. */
  void writePolicy(Path directory) {
    write(directory, Heads.LANGUAGE);
  }

  /** Writes a model with one score per text, of the same shape. */
  void writeReward(Path directory) {
    write(directory, Heads.SCORE);
  }

  private void write(Path directory, Heads head) {
    try (LanguageModel language = LanguageModel.create(config(), 1, EngineOptions.CPU);
        LanguageModel model = head == Heads.SCORE ? language.withHeads(head, 2) : null) {
      Path text = Files.createTempDirectory("parley-bench-text");
      Files.writeString(text.resolve("tokenizer.json"), tokenizer().toString());
      Files.writeString(
          text.resolve("tokenizer_config.json"),
          """
          {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "eos_token": "<end>",
           "unk_token": "<unknown>", "clean_up_tokenization_spaces": false,
           "chat_template": "{% for message in messages %}{{ message['content'] + ' ' }}{% endfor %}"}
          """);
      ModelFiles.replace(model == null ? language : model, text, directory, StoredType.F32);
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
