package dev.parley.data.similarity;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Signatures that agree in about the share of their places in which two sets of word runs overlap:
 * Broder, "On the resemblance and containment of documents" (1997). Place i holds the least value
 * of the i-th hash function over the set; the chance that two sets share it is |A ∩ B| / |A ∪ B|.
 *
 * @param runWords words in a run (the "shingle")
 */
public record MinHash(int runWords) {

  /** Places of a signature. An estimate of 0.8 then has a standard error of 0.035. */
  public static final int PLACES = 128;

  private static final long[] FACTORS =
      new SplittableRandom(1).longs(PLACES).map(x -> x | 1).toArray();
  private static final long[] TERMS = new SplittableRandom(2).longs(PLACES).toArray();

  /** Checks the length. */
  public MinHash {
    if (runWords < 1) {
      throw new IllegalArgumentException("a run has " + runWords + " words; expected one or more");
    }
  }

  /** The signature of a text, {@code [PLACES]}; all texts without words have the same. */
  public int[] signature(String text) {
    int[] least = new int[PLACES];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (long run : Words.runs(Words.of(text), runWords)) {
      for (int i = 0; i < PLACES; i++) {
        // Multiply, add, shift: the upper bits are a 2-universal hash of the run.
        int value = (int) ((FACTORS[i] * run + TERMS[i]) >>> 33);
        if (value < least[i]) {
          least[i] = value;
        }
      }
    }
    return least;
  }

  /** The share of places in which two signatures agree, 0 to 1. */
  public static double resemblance(int[] a, int[] b) {
    int same = 0;
    for (int i = 0; i < PLACES; i++) {
      same += a[i] == b[i] ? 1 : 0;
    }
    return (double) same / PLACES;
  }
}
