package dev.parley.model.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How large a batch may be, and how sequences are cut into batches of that size.
 *
 * <p>Attention works on rows padded to the longest, so the size of a batch is rows times its
 * longest row, and sequences of like lengths go together.
 *
 * @param tokens most tokens of a batch, padding included; at least 1
 */
public record TokenBudget(int tokens) {

  /** Checks the size. */
  public TokenBudget {
    if (tokens < 1) {
      throw new IllegalArgumentException(
          "the token budget of a batch is " + tokens + ", expected at least 1");
    }
  }

  /**
   * Cuts sequences into batches, longest first. A sequence that is longer than the budget is a
   * batch by itself.
   *
   * @param lengths tokens of each sequence, at least 1
   * @return the indices of each batch; every index is in exactly one. The same lengths always give
   *     the same batches
   */
  public List<int[]> cut(int[] lengths) {
    int[] byLength =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -lengths[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    int from = 0;
    while (from < byLength.length) {
      int rows = Math.max(1, tokens / lengths[byLength[from]]);
      int to = Math.min(byLength.length, from + rows);
      batches.add(Arrays.copyOfRange(byLength, from, to));
      from = to;
    }
    return batches;
  }
}
