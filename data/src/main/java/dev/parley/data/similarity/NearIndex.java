package dev.parley.data.similarity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Finds the signatures near to one without comparing it with all: each is cut into bands, and only
 * those with a band in common are compared (Indyk and Motwani, "Approximate nearest neighbors",
 * 1998). Bands are as long as can be while a pair exactly at the threshold shares one in at least
 * 99 of 100 cases. Memory: half a kilobyte for a signature and about 60 bytes for each of its
 * bands, 2 kB at a threshold of 0.8.
 */
public final class NearIndex {

  private static final double FOUND = 0.99;

  private final double threshold;
  private final int rows;
  private final List<Map<Long, Integer>> newest = new ArrayList<>();
  private final List<int[]> signatures = new ArrayList<>();
  private final List<int[]> older = new ArrayList<>();

  /**
   * A signature that is near.
   *
   * @param index the number that {@link #add} gave it
   * @param resemblance the share of places in common, at least the threshold
   */
  public record Near(int index, double resemblance) {}

  /**
   * An index of nothing yet.
   *
   * @param threshold the resemblance from which two count as near, above 0, up to 1
   * @throws IllegalArgumentException if it is not in that range
   */
  public NearIndex(double threshold) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "the threshold is " + threshold + "; expected a number above 0, up to 1");
    }
    this.threshold = threshold;
    this.rows = rowsOfBand(threshold);
    for (int i = 0; i < MinHash.PLACES / rows; i++) {
      newest.add(new HashMap<>());
    }
  }

  /** The longest band with which a pair at the threshold is found often enough; at least one. */
  static int rowsOfBand(double threshold) {
    int rows = 1;
    for (int longer = 2; longer <= MinHash.PLACES; longer++) {
      int bands = MinHash.PLACES / longer;
      if (1 - Math.pow(1 - Math.pow(threshold, longer), bands) >= FOUND) {
        rows = longer;
      }
    }
    return rows;
  }

  /** All signatures near to one, the oldest first. */
  public List<Near> near(int[] signature) {
    TreeSet<Integer> candidates = new TreeSet<>();
    for (int band = 0; band < newest.size(); band++) {
      int index = newest.get(band).getOrDefault(key(signature, band), -1);
      while (index >= 0) {
        candidates.add(index);
        index = older.get(index)[band];
      }
    }
    List<Near> near = new ArrayList<>();
    for (int candidate : candidates) {
      double resemblance = MinHash.resemblance(signature, signatures.get(candidate));
      if (resemblance >= threshold) {
        near.add(new Near(candidate, resemblance));
      }
    }
    return near;
  }

  /**
   * Adds a signature.
   *
   * @return its number: how many were added before
   */
  public int add(int[] signature) {
    int index = signatures.size();
    int[] chain = new int[newest.size()];
    for (int band = 0; band < chain.length; band++) {
      Integer before = newest.get(band).put(key(signature, band), index);
      chain[band] = before == null ? -1 : before;
    }
    signatures.add(signature);
    older.add(chain);
    return index;
  }

  private long key(int[] signature, int band) {
    long key = 0;
    for (int value : Arrays.copyOfRange(signature, band * rows, (band + 1) * rows)) {
      key = Words.mix(key + 0x9E3779B97F4A7C15L + value);
    }
    return key;
  }
}
