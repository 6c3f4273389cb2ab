package dev.parley.reference;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One caller's request on its way through queue and worker. Whoever asked may cancel {@link
 * #result} at any time; from then on nothing is computed for it.
 */
final class LogProbsCall {

  private final List<TokenRow> rows;
  private final float temperature;
  private final long arrivedNanos;
  private final int tokens;
  private final CompletableFuture<List<float[]>> result = new CompletableFuture<>();
  private final float[][] answers;
  private int missing;

  /**
   * Makes a call of at least one row.
   *
   * @param rows the sequences
   * @param temperature divides the logits
   * @param arrivedNanos when it came in, {@link System#nanoTime}
   */
  LogProbsCall(List<TokenRow> rows, float temperature, long arrivedNanos) {
    this.rows = List.copyOf(rows);
    this.temperature = temperature;
    this.arrivedNanos = arrivedNanos;
    this.tokens = rows.stream().mapToInt(row -> row.tokens().length).sum();
    this.answers = new float[rows.size()][];
    this.missing = rows.size();
  }

  List<TokenRow> rows() {
    return rows;
  }

  float temperature() {
    return temperature;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  /** Returns the tokens of all rows. */
  int tokens() {
    return tokens;
  }

  /** Returns what will hold, per row, one log-probability per token, 0 where none was asked for. */
  CompletableFuture<List<float[]>> result() {
    return result;
  }

  /** Returns whether nobody waits for it any more: it was cancelled, failed or answered. */
  boolean over() {
    return result.isDone();
  }

  /** Takes one row's log-probabilities; the last one completes the result. Worker's thread only. */
  void answer(int row, float[] logProbs) {
    answers[row] = logProbs;
    missing--;
    if (missing == 0) {
      result.complete(Arrays.asList(answers));
    }
  }

  void fail(Throwable reason) {
    result.completeExceptionally(reason);
  }
}
