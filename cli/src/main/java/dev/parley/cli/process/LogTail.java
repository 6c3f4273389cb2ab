package dev.parley.cli.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The end of a log, and the line in it that says most likely what went wrong.
 *
 * @param lines the last lines, oldest first
 * @param cause what Parley itself says, else the innermost exception that they name, else the last
 *     line that speaks of an error
 */
record LogTail(List<String> lines, Optional<String> cause) {

  private static final int BYTES = 1 << 16;
  private static final int LINES = 20;
  private static final String PARLEY = "parley: ";
  private static final String CAUSED_BY = "Caused by: ";

  /** The tail of a file; a file that cannot be read has the reason as its tail. */
  static LogTail of(Path log) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - BYTES);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      List<String> all =
          new String(bytes, StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return new LogTail(all.subList(Math.max(0, all.size() - LINES), all.size()), cause(all));
    } catch (IOException e) {
      return new LogTail(
          List.of("(%s cannot be read: %s)".formatted(log, e.getMessage())), Optional.empty());
    }
  }

  private static Optional<String> cause(List<String> lines) {
    List<String> newestFirst = new ArrayList<>(lines);
    Collections.reverse(newestFirst);
    return first(newestFirst, PARLEY)
        .or(() -> first(newestFirst, CAUSED_BY))
        .or(
            () ->
                newestFirst.stream()
                    .filter(
                        line ->
                            !line.startsWith("\tat ")
                                && line.matches(".*(ERROR|Error|Exception).*"))
                    .findFirst())
        .map(String::strip);
  }

  private static Optional<String> first(List<String> lines, String beginning) {
    return lines.stream()
        .filter(line -> line.startsWith(beginning))
        .map(line -> line.substring(beginning.length()))
        .findFirst();
  }
}
