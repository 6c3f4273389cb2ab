package dev.parley.data.summary;

import java.util.Arrays;

/** Collects lengths; four bytes a text, so that quantiles are exact also for millions. */
final class LengthCounter {

  private int[] lengths = new int[256];
  private int size;

  void add(int length) {
    if (size == lengths.length) {
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    lengths[size++] = length;
  }

  Lengths summary() {
    if (size == 0) {
      return new Lengths(0, 0, 0, 0, 0, 0, 0);
    }
    int[] sorted = Arrays.copyOf(lengths, size);
    Arrays.sort(sorted);
    return new Lengths(
        size,
        Arrays.stream(sorted).asLongStream().average().orElseThrow(),
        sorted[0],
        quantile(sorted, 0.5),
        quantile(sorted, 0.9),
        quantile(sorted, 0.99),
        sorted[size - 1]);
  }

  Histogram histogram() {
    long[] counts = new long[Integer.SIZE + 1];
    int bins = 0;
    for (int i = 0; i < size; i++) {
      int bin = Histogram.bin(lengths[i]);
      counts[bin]++;
      bins = Math.max(bins, bin + 1);
    }
    return new Histogram(Arrays.stream(counts).limit(bins).boxed().toList());
  }

  /** The smallest length that at least this share of the texts does not exceed. */
  private static int quantile(int[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
