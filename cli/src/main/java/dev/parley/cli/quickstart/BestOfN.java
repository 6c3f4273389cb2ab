package dev.parley.cli.quickstart;

import java.util.Comparator;
import java.util.stream.IntStream;

/** What choosing the best of n answers does, from more answers than n. */
final class BestOfN {

  private BestOfN() {}

  /**
   * Estimates the expected value of the answer that scores best among n, without bias and with all
   * N ≥ n answers: the i-th lowest score (from 1) is the best of a random n with probability C(i −
   * 1, n − 1) / C(N, n) (Nakano et al. 2021, arXiv:2112.09332, appendix on best-of-n; Gao, Schulman
   * and Hilton 2022, arXiv:2210.10760). Answers of equal score share their ranks' mean value.
   *
   * @param proxy scores that choose, [N]
   * @param value what is wanted of the chosen answer, [N]
   * @param n how many are chosen from, 1 to N
   */
  static double expected(double[] proxy, double[] value, int n) {
    int all = proxy.length;
    if (n < 1 || n > all || value.length != all) {
      throw new IllegalArgumentException(
          "best of %d from %d scores and %d values".formatted(n, all, value.length));
    }
    int[] order =
        IntStream.range(0, all)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> proxy[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double sum = 0;
    // C(i - 1, n - 1) / C(N, n), from the highest rank down: n / N, then times (i - n) / (i - 1).
    double probability = (double) n / all;
    for (int high = all; high >= n; ) {
      int low = high;
      double together = 0;
      double values = 0;
      while (low >= 1 && proxy[order[low - 1]] == proxy[order[high - 1]]) {
        together += probability;
        values += value[order[low - 1]];
        probability = low > n ? probability * (low - n) / (low - 1) : 0;
        low--;
      }
      sum += together * values / (high - low);
      high = low;
    }
    return sum;
  }

  /**
   * KL of best-of-n to what it draws from, nats: log n − (n − 1) / n, exact where scores differ.
   */
  static double kl(int n) {
    return Math.log(n) - (n - 1.0) / n;
  }
}
