package dev.parley.model.decoder;

import java.util.Arrays;

/**
 * What a pass must read so that it can say something at chosen positions. Attention looks back
 * only: what stands behind a row's last chosen position changes no number there. Where
 * log-probabilities of all tokens are wanted, that is the last token of each row.
 *
 * @param batch the tokens that are read
 * @param chosen M indices among them
 */
record Wanted(TokenBatch batch, int[] chosen) {

  /**
   * Leaves out what need not be read.
   *
   * @param batch N tokens
   * @param chosen M indices among them
   * @throws IllegalArgumentException if there is no token at a chosen index
   */
  static Wanted of(TokenBatch batch, int[] chosen) {
    int[] read = new int[batch.rows()];
    Arrays.fill(read, 1); // A batch has no empty rows.
    int[] rows = batch.rowsOf(chosen);
    int[] starts = batch.starts();
    for (int i = 0; i < chosen.length; i++) {
      int row = rows[i];
      read[row] = Math.max(read[row], chosen[i] - starts[row] + 1);
    }
    TokenBatch shorter = batch.cut(read);
    int[] newStarts = shorter.starts();
    int[] moved = new int[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      moved[i] = chosen[i] - starts[rows[i]] + newStarts[rows[i]];
    }
    return new Wanted(shorter, moved);
  }

  /** Returns M indices as the programs take them. */
  long[] indices() {
    return Arrays.stream(chosen).asLongStream().toArray();
  }
}
