package dev.parley.cli.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;

/**
 * What a stage was run with, kept in its directory.
 *
 * @param definition its command and settings, with references as they were written
 * @param inputs digests of what it read, by reference or path
 * @param finished whether it came to its end
 * @param output what it made, in its directory; empty if nothing, or not finished
 * @param digest of the output; empty if there is none
 */
record StageRecord(
    @JsonProperty("definition") String definition,
    @JsonProperty("inputs") Map<String, String> inputs,
    @JsonProperty("finished") boolean finished,
    @JsonProperty("output") String output,
    @JsonProperty("sha256") String digest) {

  static final String FILE = "stage.json";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  static Optional<StageRecord> read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), StageRecord.class));
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be read: %s".formatted(file, e.getMessage()),
          "Delete " + directory + " to run the stage again.",
          e);
    }
  }

  void write(Path directory) {
    Path unfinished = directory.resolve(FILE + ".unfinished");
    try {
      Files.createDirectories(directory);
      JSON.writeValue(unfinished.toFile(), this);
      Files.move(
          unfinished,
          directory.resolve(FILE),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Failure(unfinished + " cannot be written: " + e.getMessage(), "", e);
    }
  }
}
