package dev.parley.cli.judging;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file of JSON lines that takes its place once it is whole. */
public final class LinesFile implements AutoCloseable {

  private final Path file;
  private final Path unfinished;
  private final BufferedWriter out;

  /**
   * A file beside another, whose name begins alike.
   *
   * @param output the other, of whose name {@code .jsonl} and {@code .gz} are left out
   * @param ending what the name ends with instead
   */
  public static Path beside(Path output, String ending) {
    return output.resolveSibling(stem(output) + ending);
  }

  /** Returns a file's name without {@code .jsonl} and {@code .gz}. */
  public static String stem(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("(\\.jsonl?)?(\\.gz)?$", "");
  }

  /** A new file; its directory is made if it is missing. */
  public LinesFile(Path file) throws IOException {
    this.file = file.toAbsolutePath();
    Files.createDirectories(this.file.getParent());
    this.unfinished = this.file.resolveSibling(this.file.getFileName() + ".unfinished");
    this.out = Files.newBufferedWriter(unfinished, StandardCharsets.UTF_8);
  }

  /** Writes a line. */
  public void write(JsonNode line) throws IOException {
    out.write(line.toString());
    out.write('\n');
  }

  /** Puts the file in its place. */
  public void finish() throws IOException {
    out.close();
    Files.move(
        unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(unfinished);
  }
}
