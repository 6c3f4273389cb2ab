package dev.parley.model.text;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Model directories with vocabularies small enough to reason about in a test. */
final class TinyTokenizers {
  /** The ids of {@link #bytes}: a byte is its own id, and these follow. */
  static final int END = 256;

  static final int START = 257;

  /** The ids of {@link #pieces}: a byte is 3 higher than itself, and these follow. */
  static final int SPACE = 259;

  static final int HELLO = 260;
  static final int SPACE_HELLO = 261;

  private TinyTokenizers() {}

  /** GPT-2's byte alphabet without merges, so that each byte of UTF-8 is a token. */
  static Path bytes(Path directory) {
    JsonObject vocabulary = new JsonObject();
    int next = 0x100;
    for (int value = 0; value < 0x100; value++) {
      boolean printable =
          value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xff && value != 0xad;
      vocabulary.addProperty(Character.toString(printable ? value : next++), value);
    }
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", added(List.of("<end>", "<start>"), END));
    tokenizer.add(
        "pre_tokenizer",
        json("{'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true}"));
    tokenizer.add(
        "decoder", json("{'type': 'ByteLevel', 'add_prefix_space': true, 'trim_offsets': true}"));
    tokenizer.add("model", bpe(vocabulary, new JsonArray()));
    write(directory, "tokenizer.json", tokenizer.toString());
    write(
        directory, "tokenizer_config.json", "{\"bos_token\":\"<start>\",\"eos_token\":\"<end>\"}");
    return directory;
  }

  /** SentencePiece with byte fallback, as Llama 2 has it. */
  static Path pieces(Path directory) {
    JsonObject vocabulary = new JsonObject();
    List.of("<unk>", "<s>", "</s>").forEach(t -> vocabulary.addProperty(t, vocabulary.size()));
    for (int value = 0; value < 0x100; value++) {
      vocabulary.addProperty(String.format("<0x%02X>", value), value + 3);
    }
    List.of("▁", "hello", "▁hello").forEach(t -> vocabulary.addProperty(t, vocabulary.size()));
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", added(List.of("<unk>", "<s>", "</s>"), 0));
    tokenizer.add(
        "decoder",
        json(
            "{'type': 'Sequence', 'decoders': [{'type': 'Replace', 'pattern': {'String': '▁'},"
                + " 'content': ' '}, {'type': 'ByteFallback'}, {'type': 'Fuse'}, {'type': 'Strip',"
                + " 'content': ' ', 'start': 1, 'stop': 0}]}"));
    JsonObject model = bpe(vocabulary, new JsonArray());
    model.addProperty("unk_token", "<unk>");
    model.addProperty("byte_fallback", true);
    model.addProperty("fuse_unk", true);
    tokenizer.add("model", model);
    write(directory, "tokenizer.json", tokenizer.toString());
    write(directory, "tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    return directory;
  }

  static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  /** Changes one section of {@code tokenizer.json}. */
  static Path with(Path directory, String section, String value) {
    try {
      Path file = directory.resolve("tokenizer.json");
      JsonObject tokenizer = json(Files.readString(file));
      tokenizer.add(section, new Gson().fromJson(value, JsonElement.class));
      write(directory, "tokenizer.json", tokenizer.toString());
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path directory, String name, String content) {
    try {
      Files.writeString(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject bpe(JsonObject vocabulary, JsonArray merges) {
    JsonObject model = new JsonObject();
    model.addProperty("type", "BPE");
    model.add("vocab", vocabulary);
    model.add("merges", merges);
    return model;
  }

  private static JsonArray added(List<String> tokens, int firstId) {
    JsonArray added = new JsonArray();
    for (String token : tokens) {
      JsonObject entry =
          json(
              "{'single_word': false, 'lstrip': false, 'rstrip': false, 'normalized': false,"
                  + " 'special': true}");
      entry.addProperty("id", firstId + added.size());
      entry.addProperty("content", token);
      added.add(entry);
    }
    return added;
  }
}
