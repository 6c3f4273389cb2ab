package dev.parley.model.generation;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The best of n samples: which one, how good to expect, and how far from the sampler at most. */
public final class BestOfN {
  private BestOfN() {}

  /**
   * Upper bound of KL(best-of-n ‖ sampler): {@code log n − (n − 1) / n} nats (Stiennon et al. 2020,
   * arXiv:2009.01325; that it is a bound only: Beirami et al. 2024, arXiv:2401.01879).
   *
   * @param n number of samples, at least 1
   * @throws IllegalArgumentException if n is less than 1
   */
  public static double klBound(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("the best of %d samples; give at least 1".formatted(n));
    }
    return Math.log(n) - (n - 1.0) / n;
  }

  /**
   * Index of the greatest score; the first one of equals.
   *
   * @param scores {@code [m]}, at least one that is not NaN
   * @throws IllegalArgumentException if every score is NaN
   */
  public static int bestIndex(float[] scores) {
    int best = -1;
    for (int i = 0; i < scores.length; i++) {
      if (!Float.isNaN(scores[i]) && (best < 0 || scores[i] > scores[best])) {
        best = i;
      }
    }
    if (best < 0) {
      throw new IllegalArgumentException(
          "none of %d answers has a score; leave the prompt out".formatted(scores.length));
    }
    return best;
  }

  /**
   * Unbiased estimate of the expected best score of n samples from m ≥ n scored ones: the mean of
   * the maximum over all subsets of n.
   *
   * @param scores {@code [m]}
   * @param n size of the subsets, 1 to m
   * @throws IllegalArgumentException if n is out of range
   * @see #expected
   */
  public static double expectedBest(float[] scores, int n) {
    double[] doubles = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray();
    return expected(doubles, doubles, n);
  }

  /**
   * Unbiased estimate of what the sample that scores best among n is worth, from m ≥ n samples: the
   * one with the i-th smallest score is the best of a random n with a known probability (Nakano et
   * al. 2021, arXiv:2112.09332):
   *
   * <pre>
   * Σ_{i=n}^{m} C(i − 1, n − 1) / C(m, n) · v_(i)        s_(1) ≤ … ≤ s_(m)
   * </pre>
   *
   * Of equal scores any may be the first, so they share the mean of their values.
   *
   * @param scores that choose, {@code [m]}
   * @param values what is wanted of the chosen one, {@code [m]}
   * @param n size of the subsets, 1 to m
   * @throws IllegalArgumentException if n is out of range, or values are more or fewer
   */
  public static double expected(double[] scores, double[] values, int n) {
    int m = scores.length;
    if (n < 1 || n > m) {
      throw new IllegalArgumentException(
          "the best of %d from %d scores; give 1 to %d".formatted(n, m, m));
    }
    if (values.length != m) {
      throw new IllegalArgumentException("%d values of %d scores".formatted(values.length, m));
    }
    int[] order =
        IntStream.range(0, m)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double expected = 0;
    // Probability that the i-th smallest is the best; from the top: C(m−1, n−1) / C(m, n) = n / m.
    double probability = (double) n / m;
    for (int high = m; high >= n; ) {
      int low = high;
      double together = 0;
      double sum = 0;
      while (low >= 1 && Double.compare(scores[order[low - 1]], scores[order[high - 1]]) == 0) {
        together += probability;
        sum += values[order[low - 1]];
        probability = low > n ? probability * (low - n) / (low - 1) : 0;
        low--;
      }
      expected += together * sum / (high - low);
      high = low;
    }
    return expected;
  }
}
