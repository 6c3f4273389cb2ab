package dev.parley.console.agreement;

import java.util.Collection;

/**
 * How far those who judged the same pairs agree.
 *
 * @param pairs that were judged more than once
 * @param agreeing couples of verdicts on one pair that say the same
 * @param couples all couples of verdicts on one pair
 * @param alpha Krippendorff's alpha, nominal: 1 if all agree, 0 if as much as by chance, less if
 *     they contradict each other; NaN where chance says nothing, with one kind of verdict alone or
 *     none
 */
public record Agreement(long pairs, long agreeing, long couples, double alpha) {

  /** The share of couples that say the same, 0 to 1; NaN without any. */
  public double share() {
    return (double) agreeing / couples;
  }

  /**
   * The agreement on pairs.
   *
   * <p>With n<sub>uc</sub> verdicts of kind c on pair u, n<sub>u</sub> on the pair, and n and
   * n<sub>c</sub> over all pairs that were judged more than once: α = 1 − (n − 1) · Σ<sub>u</sub>
   * (n<sub>u</sub>² − Σ<sub>c</sub> n<sub>uc</sub>²) / (n<sub>u</sub> − 1) / (n² − Σ<sub>c</sub>
   * n<sub>c</sub>²). Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), section D,
   * nominal data, any number of judges, missing verdicts.
   *
   * @param verdicts of each pair, how many of each kind
   */
  public static Agreement of(Collection<long[]> verdicts) {
    long pairs = 0;
    long agreeing = 0;
    long couples = 0;
    long all = 0;
    double observed = 0;
    long[] totals = new long[verdicts.stream().mapToInt(counts -> counts.length).max().orElse(0)];
    for (long[] counts : verdicts) {
      long judged = 0;
      long squares = 0;
      for (long count : counts) {
        judged += count;
        squares += count * count;
      }
      if (judged < 2) {
        continue;
      }
      pairs++;
      all += judged;
      agreeing += (squares - judged) / 2;
      couples += judged * (judged - 1) / 2;
      observed += (double) (judged * judged - squares) / (judged - 1);
      for (int kind = 0; kind < counts.length; kind++) {
        totals[kind] += counts[kind];
      }
    }
    double expected = (double) all * all;
    for (long total : totals) {
      expected -= (double) total * total;
    }
    return new Agreement(pairs, agreeing, couples, 1 - (all - 1) * observed / expected);
  }
}
