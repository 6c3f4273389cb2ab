package dev.parley.cli.lineage;

import dev.parley.cli.Failure;
import dev.parley.model.weights.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What stands for the content of a file or a directory: SHA-256, in hex. */
public final class ContentDigest {

  /** Characters of a digest. */
  public static final int LENGTH = 64;

  private ContentDigest() {}

  /**
   * The digest of a file, or of the names and digests of a directory's files, sorted by name.
   * Directories inside it are not entered, and {@code lineage.json} does not count.
   *
   * @throws Failure if it cannot be read
   */
  public static String of(Path path) {
    if (!Files.isDirectory(path)) {
      return Digests.ofFile(path);
    }
    StringBuilder content = new StringBuilder();
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> files =
          entries
              .filter(Files::isRegularFile)
              .filter(file -> !file.getFileName().toString().equals(Lineage.FILE))
              .sorted()
              .toList();
      for (Path file : files) {
        content.append(Digests.ofFile(file)).append("  ").append(file.getFileName()).append('\n');
      }
    } catch (IOException e) {
      throw new Failure(path + " cannot be listed: " + e.getMessage(), "", e);
    }
    return ofText(content.toString());
  }

  /** The digest of a text. */
  public static String ofText(String text) {
    return Digests.ofBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
