package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/** Checks chosen positions and turns them into what the programs take. */
final class Positions {

  private Positions() {}

  static long[] asLongs(int[] positions) {
    return Arrays.stream(positions).asLongStream().toArray();
  }

  /** Returns the token after each position. */
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

  static NDArray inverse(NDManager scope, float[] temperatures) {
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
