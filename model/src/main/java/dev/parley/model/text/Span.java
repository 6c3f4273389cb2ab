package dev.parley.model.text;

/**
 * A part of a text, counted in Unicode code points (not in Java's UTF-16 units).
 *
 * @param start the first code point
 * @param end the code point after the last
 */
public record Span(int start, int end) {
  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "a span needs 0 <= start <= end, found " + start + " to " + end);
    }
  }

  /** Whether the two share at least one code point. */
  public boolean overlaps(Span other) {
    return start < other.end && other.start < end;
  }
}
