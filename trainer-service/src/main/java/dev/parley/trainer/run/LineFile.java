package dev.parley.trainer.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A file that grows by whole lines and is gone on with after a restart. */
final class LineFile implements AutoCloseable {

  private final Path path;
  private BufferedWriter writer;

  /** Opens a file; a last line that a killed process broke off is cut away. */
  LineFile(Path path) {
    this.path = path;
    try {
      if (Files.exists(path)) {
        cutBrokenLine();
      }
      this.writer = open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + path, e);
    }
  }

  private void cutBrokenLine() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      long end = file.length();
      while (end > 0) {
        file.seek(end - 1);
        if (file.read() == '\n') {
          break;
        }
        end--;
      }
      file.setLength(end);
    }
  }

  private BufferedWriter open() throws IOException {
    return Files.newBufferedWriter(
        path, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Returns how many lines there are. */
  long count() {
    try (Stream<String> lines = Files.lines(path, StandardCharsets.UTF_8)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /** Adds a line, which is in the file when this returns. */
  void add(String line) {
    try {
      writer.write(line);
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }

  /** Removes the lines that are not wanted; the file changes at once or not at all. */
  void retain(Predicate<String> wanted) {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    try (Stream<String> lines = Files.lines(path, StandardCharsets.UTF_8)) {
      List<String> kept = lines.filter(wanted).toList();
      Files.write(fresh, kept, StandardCharsets.UTF_8);
      writer.close();
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      writer = open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rewrite " + path, e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    }
  }
}
