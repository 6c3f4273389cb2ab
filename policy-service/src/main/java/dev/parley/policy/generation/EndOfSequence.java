package dev.parley.policy.generation;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The tokens with which a model says that its answer is complete. */
public final class EndOfSequence {

  private static final String FIELD = "eos_token_id";

  private EndOfSequence() {}

  /**
   * Reads them as transformers does: from generation_config.json, or else config.json, or else the
   * tokenizer.
   *
   * @param directory the model directory
   * @param tokenizer the model's, if it has one
   * @param vocabulary tokens of the model; ids beyond it are left out
   * @throws ModelConfigException if a file cannot be read
   */
  public static Set<Integer> read(Path directory, Optional<Tokenizer> tokenizer, int vocabulary) {
    Set<Integer> tokens =
        new TreeSet<>(
            generationConfig(directory.resolve("generation_config.json")).integers(FIELD));
    if (tokens.isEmpty()) {
      tokens.addAll(ModelConfig.read(directory).integers(FIELD));
    }
    if (tokens.isEmpty()) {
      tokenizer.ifPresent(present -> present.eosId().ifPresent(tokens::add));
    }
    tokens.removeIf(token -> token < 0 || token >= vocabulary);
    return tokens;
  }

  private static ModelConfig generationConfig(Path file) {
    try {
      String json = Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "{}";
      return new ModelConfig(file.toString(), JsonParser.parseString(json).getAsJsonObject());
    } catch (IOException e) {
      throw new ModelConfigException("cannot read " + file + ": " + e, e);
    } catch (JsonParseException | IllegalStateException e) {
      throw new ModelConfigException(file + " is not a JSON object: " + e.getMessage(), e);
    }
  }
}
