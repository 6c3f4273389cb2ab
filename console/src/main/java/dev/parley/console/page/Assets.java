package dev.parley.console.page;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.CRC32;

/** Style and script. */
@Singleton
class Assets {

  private static final List<String> FILES = List.of("console.css", "console.js");

  private final String version;

  Assets() {
    CRC32 sum = new CRC32();
    for (String file : FILES) {
      try (InputStream in =
          Thread.currentThread()
              .getContextClassLoader()
              .getResourceAsStream("META-INF/resources/" + file)) {
        sum.update(in.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(file + " cannot be read from the application", e);
      }
    }
    version = Long.toHexString(sum.getValue());
  }

  /** Changes when one of them does. */
  String version() {
    return version;
  }
}
