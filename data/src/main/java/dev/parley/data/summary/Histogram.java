package dev.parley.data.summary;

import java.util.List;

/**
 * How lengths lie, in bins that double: 0, 1, 2–3, 4–7, 8–15 and so on.
 *
 * @param counts texts by bin; the last one is not 0
 */
public record Histogram(List<Long> counts) {

  /** Copies the counts. */
  public Histogram {
    counts = List.copyOf(counts);
  }

  /** The bin of a length. */
  static int bin(int length) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(length);
  }

  /** The shortest length of a bin. */
  public static int from(int bin) {
    return bin == 0 ? 0 : 1 << (bin - 1);
  }

  /** A bin in words: {@code 16–31}. */
  public static String label(int bin) {
    return bin < 2 ? Integer.toString(from(bin)) : from(bin) + "–" + (2 * from(bin) - 1);
  }
}
