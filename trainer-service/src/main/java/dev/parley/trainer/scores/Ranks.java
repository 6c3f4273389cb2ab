package dev.parley.trainer.scores;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Ranks of numbers, from 1 for the least. */
final class Ranks {
  private Ranks() {}

  /** Returns the rank of each number; equal numbers share the mean of theirs. */
  static double[] of(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int i = 0; i < order.length; ) {
      int end = i;
      while (end < order.length && values[order[end]] == values[order[i]]) {
        end++;
      }
      for (int j = i; j < end; j++) {
        ranks[order[j]] = (i + 1 + end) / 2.0;
      }
      i = end;
    }
    return ranks;
  }
}
