package dev.parley.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The directory of numeric fixtures: the one that {@code -Dparley.fixtures=DIR} names, or the copy
 * in the module's test resources.
 */
public final class FixtureDirectory {

  private FixtureDirectory() {}

  /** Returns a file or directory of the fixtures. */
  public static Path resolve(String relative) {
    String chosen = System.getProperty("parley.fixtures", "");
    Path root =
        chosen.isBlank() ? Path.of("src", "test", "resources", "fixtures") : Path.of(chosen);
    Path path = root.resolve(relative);
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path.toAbsolutePath()
              + " does not exist; -Dparley.fixtures names a directory with "
              + "models, tokenizers, rl and e2e, as an absolute path");
    }
    return path;
  }

  /** Reads a JSON object. */
  public static JsonObject json(Path file) {
    try {
      return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
