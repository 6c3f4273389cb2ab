package dev.parley.bench;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Runs a program of either side. */
final class Child {

  private Child() {}

  /**
   * Runs a program to its end.
   *
   * @param builder the command
   * @param log takes what it writes to stderr
   * @return what it printed
   * @throws Failure if it cannot be started or fails
   */
  static String output(ProcessBuilder builder, Path log) throws InterruptedException {
    try {
      Process process =
          builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new Failure(
            "%s ended with %d".formatted(String.join(" ", builder.command()), process.exitValue()),
            "Its log is " + log);
      }
      return printed;
    } catch (IOException e) {
      throw new Failure(
          "cannot run %s: %s".formatted(builder.command().get(0), e.getMessage()), "", e);
    }
  }

  /**
   * Runs a program whose last line is its result.
   *
   * @return that line
   * @throws Failure if it cannot be started or fails
   */
  static String lastLine(ProcessBuilder builder, Path log) throws InterruptedException {
    String printed = output(builder, log).strip();
    return printed.substring(printed.lastIndexOf('\n') + 1);
  }
}
