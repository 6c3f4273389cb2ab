package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** What the language head takes of chosen positions: the tokens that follow, and temperatures. */
final class Positions {

  private Positions() {}

  /** Returns the token after each position, which must lie within the batch. */
  static long[] targets(TokenBatch batch, int[] positions) {
    boolean[] last = new boolean[batch.size()];
    int[] starts = batch.starts();
    for (int row = 0; row < batch.rows(); row++) {
      last[starts[row] + batch.lengths()[row] - 1] = true;
    }
    long[] targets = new long[positions.length];
    for (int i = 0; i < positions.length; i++) {
      if (last[positions[i]]) {
        throw new IllegalArgumentException(
            "position " + positions[i] + " is the last of its row: no token follows it");
      }
      targets[i] = batch.tokens()[positions[i] + 1];
    }
    return targets;
  }

  static NDArray inverse(NDManager scope, int[] positions, float[] temperatures) {
    if (temperatures.length != 0 && temperatures.length != positions.length) {
      throw new IllegalArgumentException(
          "there are "
              + temperatures.length
              + " temperatures, expected none or one for each of "
              + positions.length
              + " positions");
    }
    float[] inverse = new float[temperatures.length];
    for (int i = 0; i < inverse.length; i++) {
      if (!(temperatures[i] > 0)) {
        throw new IllegalArgumentException(
            "temperature is " + temperatures[i] + ", expected more than 0");
      }
      inverse[i] = 1 / temperatures[i];
    }
    return scope.create(inverse);
  }
}
