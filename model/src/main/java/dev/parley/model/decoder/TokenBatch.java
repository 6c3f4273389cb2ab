package dev.parley.model.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Token sequences of different lengths, one after the other without padding: the form in which the
 * decoder computes. Padding on either side is taken off before, so it cannot change a number.
 *
 * @param tokens the N tokens of all rows
 * @param lengths tokens of each of the B rows, at least 1
 */
public record TokenBatch(int[] tokens, int[] lengths) {

  /** Checks that the lengths add up. */
  public TokenBatch {
    if (lengths.length == 0) {
      throw new IllegalArgumentException("a batch needs at least one row");
    }
    for (int row = 0; row < lengths.length; row++) {
      if (lengths[row] < 1) {
        throw new IllegalArgumentException("row " + row + " is empty");
      }
    }
    int sum = Arrays.stream(lengths).sum();
    if (sum != tokens.length) {
      throw new IllegalArgumentException(
          "lengths add up to " + sum + ", there are " + tokens.length + " tokens");
    }
  }

  /** Makes a batch of rows. */
  public static TokenBatch of(List<int[]> rows) {
    int[] lengths = rows.stream().mapToInt(row -> row.length).toArray();
    int[] tokens = new int[Arrays.stream(lengths).sum()];
    int offset = 0;
    for (int[] row : rows) {
      System.arraycopy(row, 0, tokens, offset, row.length);
      offset += row.length;
    }
    return new TokenBatch(tokens, lengths);
  }

  /**
   * Takes the padding off.
   *
   * @param ids {@code [B, T]}
   * @param mask {@code [B, T]}, 1 at real tokens and 0 at padding, which may be on either side
   */
  public static TokenBatch ofPadded(int[][] ids, int[][] mask) {
    List<int[]> rows = new ArrayList<>();
    for (int b = 0; b < ids.length; b++) {
      int[] row = new int[Arrays.stream(mask[b]).sum()];
      int next = 0;
      for (int t = 0; t < ids[b].length; t++) {
        if (mask[b][t] != 0) {
          row[next++] = ids[b][t];
        }
      }
      rows.add(row);
    }
    return of(rows);
  }

  /** Returns B. */
  public int rows() {
    return lengths.length;
  }

  /** Returns N. */
  public int size() {
    return tokens.length;
  }

  /** Returns T, the length of the longest row. */
  public int longest() {
    return Arrays.stream(lengths).max().orElseThrow();
  }

  /** Returns the index of each row's first token among the N. */
  public int[] starts() {
    int[] starts = new int[lengths.length];
    for (int row = 1; row < lengths.length; row++) {
      starts[row] = starts[row - 1] + lengths[row - 1];
    }
    return starts;
  }

  /** Returns the indices of all N tokens. */
  public int[] allPositions() {
    return IntStream.range(0, tokens.length).toArray();
  }

  /** Returns the index of each row's last token among the N. */
  public int[] lastPositions() {
    int[] last = starts();
    for (int row = 0; row < last.length; row++) {
      last[row] += lengths[row] - 1;
    }
    return last;
  }

  /**
   * Returns in which row each of some of the N tokens stands.
   *
   * @param indices of the tokens
   * @throws IllegalArgumentException if there is no such token
   */
  int[] rowsOf(int[] indices) {
    int[] rows = new int[tokens.length];
    int next = 0;
    for (int row = 0; row < lengths.length; row++) {
      Arrays.fill(rows, next, next + lengths[row], row);
      next += lengths[row];
    }
    int[] found = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= tokens.length) {
        throw new IllegalArgumentException(
            "position is " + indices[i] + ", expected 0 to " + (tokens.length - 1));
      }
      found[i] = rows[indices[i]];
    }
    return found;
  }

  /** Returns the first tokens of each row: at most as many as it has, at least 1. */
  TokenBatch cut(int[] shorter) {
    int[] cut = new int[Arrays.stream(shorter).sum()];
    int[] starts = starts();
    int next = 0;
    for (int row = 0; row < lengths.length; row++) {
      System.arraycopy(tokens, starts[row], cut, next, shorter[row]);
      next += shorter[row];
    }
    return new TokenBatch(cut, shorter);
  }

  /** Returns the N tokens' positions within their rows. */
  long[] positions() {
    long[] positions = new long[tokens.length];
    int next = 0;
    for (int length : lengths) {
      for (int t = 0; t < length; t++) {
        positions[next++] = t;
      }
    }
    return positions;
  }

  /**
   * Returns which of the N tokens stands at each of the B · T places. Where there is none, it is
   * the row's own first: a masked key or value that is not a number still spoils its row.
   */
  long[] rowIndex() {
    int longest = longest();
    long[] index = new long[lengths.length * longest];
    int first = 0;
    for (int row = 0; row < lengths.length; row++) {
      for (int t = 0; t < longest; t++) {
        index[row * longest + t] = first + (t < lengths[row] ? t : 0);
      }
      first += lengths[row];
    }
    return index;
  }

  /** Returns at which of the B · T places each of the N tokens stands. */
  long[] places() {
    int longest = longest();
    long[] places = new long[tokens.length];
    int next = 0;
    for (int row = 0; row < lengths.length; row++) {
      for (int t = 0; t < lengths[row]; t++) {
        places[next++] = (long) row * longest + t;
      }
    }
    return places;
  }

  long[] ids() {
    return Arrays.stream(tokens).asLongStream().toArray();
  }
}
