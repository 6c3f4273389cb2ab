package dev.parley.model.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens with a role of their own, as {@code tokenizer_config.json} names them.
 *
 * @param byName token by name, {@code bos_token} for example; only those that are set
 */
public record SpecialTokens(Map<String, String> byName) {
  private static final List<String> NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  public SpecialTokens {
    byName = Map.copyOf(byName);
  }

  /** The token that starts a text. */
  public Optional<String> bos() {
    return Optional.ofNullable(byName.get("bos_token"));
  }

  /** The token that ends a text, or a turn of a conversation. */
  public Optional<String> eos() {
    return Optional.ofNullable(byName.get("eos_token"));
  }

  /** The token that fills up short rows of a batch. */
  public Optional<String> pad() {
    return Optional.ofNullable(byName.get("pad_token"));
  }

  /** The token that stands for what the vocabulary cannot spell. */
  public Optional<String> unk() {
    return Optional.ofNullable(byName.get("unk_token"));
  }

  /**
   * Reads {@code tokenizer_config.json}. Like transformers, lets {@code special_tokens_map.json}
   * override it if it is of the older kind, without {@code added_tokens_decoder}.
   */
  static SpecialTokens read(Path directory) {
    Path config = directory.resolve("tokenizer_config.json");
    JsonObject settings = ModelFile.readJson(config, "for the special tokens");
    Map<String, String> tokens = new LinkedHashMap<>();
    add(settings, config, tokens);
    Path map = directory.resolve("special_tokens_map.json");
    if (!settings.has("added_tokens_decoder") && Files.exists(map)) {
      add(ModelFile.readJson(map, "for the special tokens"), map, tokens);
    }
    return new SpecialTokens(tokens);
  }

  private static void add(JsonObject settings, Path file, Map<String, String> tokens) {
    for (String name : NAMES) {
      JsonElement value = settings.get(name);
      if (value == null) {
        continue;
      }
      JsonElement content = value.isJsonObject() ? value.getAsJsonObject().get("content") : value;
      if (value.isJsonNull()) {
        tokens.remove(name);
      } else if (content != null
          && content.isJsonPrimitive()
          && content.getAsJsonPrimitive().isString()) {
        tokens.put(name, content.getAsString());
      } else {
        throw new ModelTextException(
            file
                + ": "
                + name
                + " must be a string, null or an object with the string 'content', found "
                + value);
      }
    }
  }
}
