package dev.parley.trainer.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The order in which rows are seen: each epoch is a new shuffle of all rows, and batches run on
 * from one epoch into the next. It is a function of the seed alone, so a resumed run needs no state
 * for it.
 *
 * @param rows number of rows
 * @param seed of the shuffles
 */
public record EpochOrder(int rows, long seed) {

  /** Checks that there is something to order. */
  public EpochOrder {
    if (rows < 1) {
      throw new IllegalArgumentException("there are no rows to learn from");
    }
  }

  /**
   * Returns what is wrong with a batch that no pass over the rows can fill.
   *
   * @param setting the setting that says how large a batch is
   * @param batchSize its value
   * @param rows number of rows
   * @param things what the rows are called, as in "rows to learn"
   * @return empty if there are rows enough
   */
  public static Optional<String> repeats(String setting, int batchSize, int rows, String things) {
    return batchSize <= rows
        ? Optional.empty()
        : Optional.of(
            "%s is %d, but there are only %d %s: every update holds some of them several times. Lower it to at most %d, or bring more"
                .formatted(setting, batchSize, rows, things, rows));
  }

  /** Returns how many batches make so many epochs; the last one may run on into the next epoch. */
  public static long batches(int epochs, int rows, int batchSize) {
    return ((long) epochs * rows + batchSize - 1) / batchSize;
  }

  /** Returns rows in the order of the first epoch. */
  public static <R> List<R> shuffled(List<R> rows, long seed) {
    return rows.isEmpty()
        ? rows
        : new EpochOrder(rows.size(), seed).rows(0, rows.size()).stream().map(rows::get).toList();
  }

  /**
   * Returns the minibatches of some epochs, each epoch cut into parts of nearly the same size.
   *
   * @param rows number of rows
   * @param epochs passes over them
   * @param minibatches parts of a pass; no more than there are rows
   * @param seed of the first epoch's shuffle; those of the others count on from it
   * @return indices of rows, minibatch after minibatch; none if there are no rows
   */
  public static List<List<Integer>> minibatches(int rows, int epochs, int minibatches, long seed) {
    List<List<Integer>> all = new ArrayList<>();
    int parts = Math.min(minibatches, rows);
    for (int epoch = 0; epoch < epochs && rows > 0; epoch++) {
      EpochOrder order = new EpochOrder(rows, seed + epoch);
      for (int part = 0; part < parts; part++) {
        int from = rows * part / parts;
        int to = rows * (part + 1) / parts;
        all.add(order.rows(from, to - from));
      }
    }
    return all;
  }

  /**
   * Returns a stretch of the order.
   *
   * @param first index of the first row, counted over all epochs
   * @param count how many
   */
  public List<Integer> rows(long first, int count) {
    List<Integer> stretch = new ArrayList<>(count);
    long epoch = -1;
    int[] order = {};
    for (int i = 0; i < count; i++) {
      long at = first + i;
      if (at / rows != epoch) {
        epoch = at / rows;
        order = shuffle(epoch);
      }
      stretch.add(order[(int) (at % rows)]);
    }
    return stretch;
  }

  /** Fisher and Yates. */
  private int[] shuffle(long epoch) {
    Random random = new Random(seed * 1_000_003 + epoch);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
