package dev.parley.data.file;

import java.nio.file.Path;

/**
 * Where a row stands.
 *
 * @param file the file
 * @param line its line, from 1; in a JSON array, the line where the row begins
 */
public record RowPlace(Path file, long line) {

  /** {@code data/train.jsonl:17}. */
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
