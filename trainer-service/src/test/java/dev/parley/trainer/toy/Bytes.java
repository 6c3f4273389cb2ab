package dev.parley.trainer.toy;

import dev.parley.model.weights.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The contents of directories, to compare byte for byte. */
public final class Bytes {

  private Bytes() {}

  /** Returns the SHA-256 of every file under a directory, by its path in it. */
  public static Map<String, String> of(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      Map<String, String> digests = new TreeMap<>();
      files
          .filter(Files::isRegularFile)
          .forEach(
              file -> digests.put(directory.relativize(file).toString(), Digests.ofFile(file)));
      return digests;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
