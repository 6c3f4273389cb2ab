package dev.parley.cli.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How something came to be.
 *
 * @param maker what made it: "train sft", "data dedup"
 * @param made when, in UTC, as {@code 2026-11-28T12:00:00Z}
 * @param arguments of the command, but for what it read and wrote
 * @param output the name of what it made: "model", "clean.jsonl"
 * @param digest of what it made; empty while that is not finished
 * @param ancestors what it read
 */
public record Lineage(
    String maker,
    String made,
    List<String> arguments,
    String output,
    String digest,
    List<Ancestor> ancestors) {

  /** The file's name. */
  public static final String FILE = "lineage.json";

  /** A run's checkpoints are two levels below what is stored of the run. */
  private static final int LEVELS = 3;

  /** What a training writes into its run's directory that can be an ancestor. */
  private static final Set<String> MADE_BY_RUNS =
      Set.of("model", "adapter", "checkpoints", "versions");

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the lists. */
  public Lineage {
    arguments = List.copyOf(arguments);
    ancestors = List.copyOf(ancestors);
  }

  /**
   * Says how something came to be that was made just now.
   *
   * @param maker what made it
   * @param arguments of the command, but for what it read and wrote
   * @param output the name of what it made
   * @param digest of what it made; empty while that is not finished
   * @param ancestors what it read
   */
  public static Lineage now(
      String maker,
      List<String> arguments,
      String output,
      String digest,
      List<Ancestor> ancestors) {
    String made = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    return new Lineage(maker, made, arguments, output, digest, ancestors);
  }

  /**
   * Finds what is stored about a model, a checkpoint or a file: in it, beside it, or up to two
   * levels above.
   *
   * @return empty if nothing is
   * @throws Failure if what is stored cannot be read
   */
  public static Optional<Lineage> find(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    boolean directory = Files.isDirectory(absolute);
    Path at = directory ? absolute : absolute.getParent();
    for (int level = 0; at != null && level < (directory ? LEVELS : 1); level++) {
      Path file = at.resolve(FILE);
      if (Files.isRegularFile(file)) {
        Lineage lineage = read(file);
        return lineage.tellsOf(at.relativize(absolute), directory)
            ? Optional.of(lineage)
            : Optional.empty();
      }
      at = at.getParent();
    }
    return Optional.empty();
  }

  /**
   * Returns whether it is that of something in its directory, or of the directory as a whole.
   * Beside what a run makes lies what was there before, and what is about it.
   */
  private boolean tellsOf(Path inside, boolean directory) {
    String first = inside.getName(0).toString();
    return first.isEmpty() || first.equals(output) || directory && MADE_BY_RUNS.contains(first);
  }

  /**
   * Writes it into a directory; whoever finds the file finds all of it.
   *
   * @throws Failure if the disk refuses
   */
  public void write(Path directory) {
    Path unfinished = directory.resolve(FILE + ".unfinished");
    try {
      JSON.writeValue(unfinished.toFile(), json());
      Files.move(
          unfinished,
          directory.resolve(FILE),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Failure(unfinished + " cannot be written: " + e.getMessage(), "", e);
    }
  }

  private ObjectNode json() {
    ObjectNode json = JSON.createObjectNode();
    json.put("maker", maker).put("made", made);
    ArrayNode words = json.putArray("arguments");
    arguments.forEach(words::add);
    json.put("output", output).put("sha256", digest);
    ArrayNode list = json.putArray("ancestors");
    for (Ancestor ancestor : ancestors) {
      ObjectNode entry = list.addObject();
      entry.put("role", ancestor.role()).put("path", ancestor.path());
      entry.put("sha256", ancestor.digest());
      ancestor.lineage().ifPresent(lineage -> entry.set("lineage", lineage.json()));
    }
    return json;
  }

  private static Lineage read(Path file) {
    try {
      return of(JSON.readTree(file.toFile()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new Failure(
          "%s is no lineage: %s".formatted(file, e.getMessage()),
          "Delete the file if something else wrote it.",
          e);
    } catch (IOException e) {
      throw new Failure(file + " cannot be read: " + e.getMessage(), "", e);
    }
  }

  private static Lineage of(JsonNode json) {
    List<String> arguments = new ArrayList<>();
    json.path("arguments").forEach(word -> arguments.add(word.asText()));
    List<Ancestor> ancestors = new ArrayList<>();
    for (JsonNode entry : json.path("ancestors")) {
      ancestors.add(
          new Ancestor(
              text(entry, "role"),
              text(entry, "path"),
              text(entry, "sha256"),
              entry.has("lineage") ? Optional.of(of(entry.get("lineage"))) : Optional.empty()));
    }
    return new Lineage(
        text(json, "maker"),
        text(json, "made"),
        arguments,
        text(json, "output"),
        text(json, "sha256"),
        ancestors);
  }

  private static String text(JsonNode json, String key) {
    JsonNode value = json.get(key);
    if (value == null || !value.isTextual()) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value.textValue();
  }
}
