package dev.parley.trainer.rl;

import java.util.Random;

/** Random rows and masks with holes, from a seed. */
final class RandomRows {
  private final Random random;

  RandomRows(long seed) {
    this.random = new Random(seed);
  }

  /** {@code [B][T]}: ragged, with holes; each row has at least one action token. */
  boolean[][] mask(int rows, int longest) {
    boolean[][] mask = new boolean[rows][];
    for (int b = 0; b < rows; b++) {
      mask[b] = new boolean[1 + random.nextInt(longest)];
      for (int t = 0; t < mask[b].length; t++) {
        mask[b][t] = random.nextInt(4) > 0;
      }
      mask[b][random.nextInt(mask[b].length)] = true;
    }
    return mask;
  }

  /** Normal numbers in the shape of the mask. */
  float[][] like(boolean[][] mask) {
    float[][] rows = Rows.zeros(mask);
    for (float[] row : rows) {
      for (int t = 0; t < row.length; t++) {
        row[t] = (float) random.nextGaussian();
      }
    }
    return rows;
  }

  /** The rows with other numbers, NaN among them, outside the mask. */
  float[][] garbageOutside(float[][] rows, boolean[][] mask) {
    float[][] changed = new float[rows.length][];
    for (int b = 0; b < rows.length; b++) {
      changed[b] = rows[b].clone();
      for (int t = 0; t < rows[b].length; t++) {
        if (!mask[b][t]) {
          changed[b][t] = random.nextBoolean() ? Float.NaN : 1e9f * random.nextFloat();
        }
      }
    }
    return changed;
  }
}
