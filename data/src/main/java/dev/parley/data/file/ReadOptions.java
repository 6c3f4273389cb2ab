package dev.parley.data.file;

import java.util.Optional;

/**
 * How to read.
 *
 * @param skipBad whether bad rows are counted and left out; otherwise the first one ends the
 *     reading
 * @param shape the name of the shape that every row has; empty to recognise it row by row
 */
public record ReadOptions(boolean skipBad, Optional<String> shape) {

  /** The first bad row ends the reading; shapes are recognised. */
  public static ReadOptions strict() {
    return new ReadOptions(false, Optional.empty());
  }

  /** Bad rows are counted and left out; shapes are recognised. */
  public static ReadOptions skippingBad() {
    return new ReadOptions(true, Optional.empty());
  }

  /** The same, with every row read as one shape. */
  public ReadOptions as(String shapeName) {
    return new ReadOptions(skipBad, Optional.of(shapeName));
  }
}
