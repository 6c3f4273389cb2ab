package dev.parley.trainer.optimization;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts rows into micro-batches: parts that go through the model in one pass.
 *
 * <p>Rows of like lengths share a part, since attention pads rows to the longest. The longest come
 * first, so that a batch that is too large for the memory shows it at once.
 */
final class MicroBatches {

  private MicroBatches() {}

  /**
   * Cuts rows into as few parts as the budget allows, rounded up so that all workers have equally
   * many, and as even as their number allows.
   *
   * @param lengths tokens of each row, at least 1
   * @param budget most tokens of a part, at least 1; a row that is longer alone is a part by itself
   * @param workers that share the parts, at least 1
   * @return indices of the rows of each part; each row is in exactly one. The same lengths always
   *     give the same parts
   */
  static List<List<Integer>> cut(int[] lengths, int budget, int workers) {
    List<Integer> longestFirst =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt((Integer row) -> -lengths[row]))
            .toList();
    int needed = fill(longestFirst, lengths, budget).size();
    int most = (needed + workers - 1) / workers * workers;
    // The least budget that needs no more parts makes them even.
    int low = 1;
    int high = budget;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (fill(longestFirst, lengths, middle).size() <= most) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return fill(longestFirst, lengths, low);
  }

  private static List<List<Integer>> fill(List<Integer> rows, int[] lengths, int budget) {
    List<List<Integer>> parts = new ArrayList<>();
    int room = 0;
    for (int row : rows) {
      if (parts.isEmpty() || lengths[row] > room) {
        parts.add(new ArrayList<>());
        room = budget;
      }
      parts.get(parts.size() - 1).add(row);
      room -= lengths[row];
    }
    return parts;
  }
}
