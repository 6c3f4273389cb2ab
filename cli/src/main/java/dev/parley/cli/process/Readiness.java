package dev.parley.cli.process;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How a process shows that it can be used. */
public sealed interface Readiness {

  /**
   * Whether it does by now.
   *
   * @param log the process's output so far
   */
  boolean isReached(Path log);

  /**
   * An address answers 200.
   *
   * @param address for a Quarkus service, {@code http://localhost:PORT/q/health/ready}
   */
  record Http(URI address) implements Readiness {

    private static final int TIMEOUT_MILLIS = 2_000;

    @Override
    public boolean isReached(Path log) {
      try {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try {
          return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } finally {
          connection.disconnect();
        }
      } catch (IOException notYet) {
        return false;
      }
    }
  }

  /**
   * A line appears in the process's output.
   *
   * @param text how the line begins
   */
  record LogLine(String text) implements Readiness {

    @Override
    public boolean isReached(Path log) {
      try {
        return Files.readString(log, StandardCharsets.ISO_8859_1)
            .lines()
            .anyMatch(line -> line.startsWith(text));
      } catch (IOException notYet) {
        return false;
      }
    }
  }
}
