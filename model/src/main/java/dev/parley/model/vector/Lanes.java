package dev.parley.model.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** How many single-precision numbers the processor works on at once, and what follows from it. */
final class Lanes {

  /** The widest vectors of floats that the processor prefers. */
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  /** Numbers in one vector: 4, 8 or 16. */
  static final int COUNT = FLOATS.length();

  /** Outputs that a packed matrix computes together: two vectors. */
  static final int PANEL = 2 * COUNT;

  private Lanes() {}

  /** Returns a length rounded up to whole vectors. */
  static int padded(int length) {
    return (length + COUNT - 1) / COUNT * COUNT;
  }

  /**
   * Adds up a vector's lanes, every fourth of them from left to right. The library's own sum adds
   * in one order in compiled code and in another elsewhere, so the same answer would have other
   * bits once the JVM is warm.
   */
  static float sum(FloatVector vector) {
    float[] lanes = vector.toArray();
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    for (int i = 0; i < COUNT; i += 4) {
      sum0 += lanes[i];
      sum1 += lanes[i + 1];
      sum2 += lanes[i + 2];
      sum3 += lanes[i + 3];
    }
    return sum0 + sum1 + (sum2 + sum3);
  }
}
