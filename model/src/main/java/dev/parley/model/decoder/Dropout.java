package dev.parley.model.decoder;

import java.util.SplittableRandom;

/**
 * Dropout of what adapters read, in passes that learn: each number is set to zero with some
 * probability, and what is left divided by the probability to stay (Srivastava et al. 2014). The
 * adapters of one projection's parts (queries, keys and values; gate and up) read the same numbers.
 *
 * @param probability that a number is set to zero, 0 to below 1
 * @param seed the same seed drops the same numbers
 */
public record Dropout(double probability, long seed) {

  /** Keeps everything. */
  public static final Dropout NONE = new Dropout(0, 0);

  /** Checks the probability. */
  public Dropout {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "the probability of dropout is " + probability + ", expected 0 to below 1");
    }
  }

  /** Returns whether anything is dropped. */
  boolean present() {
    return probability > 0;
  }

  /** Returns the probability that a number stays. */
  double kept() {
    return 1 - probability;
  }

  /** Returns the seed of a layer. */
  long seed(int layer) {
    return new SplittableRandom(seed + layer).nextLong() >>> 1;
  }
}
