package dev.parley.trainer.loss;

/**
 * What one optimizer step covers, counted before it is split into micro-batches and over ranks.
 *
 * @param tokens action tokens of the whole batch, at least 1
 * @param sequences rows of the whole batch, at least 1
 * @param longest the length that {@link Aggregation#SEQUENCE_MEAN_TOKEN_SUM_NORM} divides by: the
 *     longest completion allowed, or seen, at least 1
 */
public record GlobalCounts(long tokens, long sequences, long longest) {
  /**
   * @throws IllegalArgumentException if a count is less than 1
   */
  public GlobalCounts {
    if (tokens < 1 || sequences < 1 || longest < 1) {
      throw new IllegalArgumentException(
          "a batch of %d tokens in %d sequences of at most %d tokens has nothing to learn from"
              .formatted(tokens, sequences, longest));
    }
  }

  /** The counts of rows that are the whole batch. */
  public static GlobalCounts of(PackedRows rows) {
    return new GlobalCounts(rows.tokens(), rows.rows(), rows.longest());
  }
}
