package dev.parley.reference;

import dev.parley.serving.calls.Call;
import java.util.List;

/**
 * One caller's sequences. The answer to each is one log-probability per token, 0 where none was
 * asked for; the queue counts tokens.
 */
final class LogProbsCall extends Call<TokenRow, float[]> {

  private final float temperature;

  /**
   * Makes a call of at least one row.
   *
   * @param rows the sequences
   * @param temperature divides the logits
   * @param arrivedNanos when it came in, {@link System#nanoTime}
   */
  LogProbsCall(List<TokenRow> rows, float temperature, long arrivedNanos) {
    super(rows, rows.stream().mapToInt(row -> row.tokens().length).sum(), arrivedNanos);
    this.temperature = temperature;
  }

  float temperature() {
    return temperature;
  }
}
