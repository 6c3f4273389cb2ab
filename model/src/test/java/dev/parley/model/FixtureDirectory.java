package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/**
 * The directory of numeric fixtures: the one that {@code -Dparley.fixtures=DIR} names (a relative
 * one starts from the repository's root), or the copy in the module's test resources.
 */
public final class FixtureDirectory {

  private static final List<String> PARTS =
      List.of("models", "adapters", "tokenizers", "rl", "e2e");

  private FixtureDirectory() {}

  /** Returns a file or directory of the fixtures. */
  public static Path resolve(String relative) {
    Path path = root().resolve(relative);
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(path.toAbsolutePath() + " does not exist");
    }
    return path;
  }

  private static Path root() {
    String chosen = System.getProperty("parley.fixtures", "");
    return chosen.isBlank()
        ? Path.of("src", "test", "resources", "fixtures")
        : Path.of("..").resolve(chosen);
  }

  /**
   * Tells whether the fixtures have a part: a set may lack some of them, but not all.
   *
   * @param part {@code models}, {@code adapters}, {@code tokenizers}, {@code rl} or {@code e2e}
   * @throws IllegalArgumentException if the directory holds none of them
   */
  public static boolean has(String part) {
    if (PARTS.stream().noneMatch(known -> Files.isDirectory(root().resolve(known)))) {
      throw new IllegalArgumentException(
          root().toAbsolutePath().normalize()
              + " holds no fixtures; expected directories "
              + String.join(", ", PARTS));
    }
    return Files.isDirectory(root().resolve(part));
  }

  /** Returns the test that stands in the report for a part that the fixtures lack. */
  public static DynamicTest absent(String part) {
    return DynamicTest.dynamicTest("absent: " + part, () -> assertThat(has(part)).isFalse());
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
