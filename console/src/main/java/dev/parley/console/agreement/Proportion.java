package dev.parley.console.agreement;

import dev.parley.data.WilsonInterval;

/**
 * A share with its interval.
 *
 * @param hits how many; a half for a tie
 * @param all of how many
 * @param low lower end of the interval of 95%
 * @param high upper end
 */
public record Proportion(double hits, long all, double low, double high) {

  /** The share of hits with {@link WilsonInterval}; NaN of nothing. */
  public static Proportion of(double hits, long all) {
    WilsonInterval interval = WilsonInterval.of(hits / all, all);
    return new Proportion(hits, all, interval.low(), interval.high());
  }

  /** The share, 0 to 1; NaN of nothing. */
  public double share() {
    return hits / all;
  }

  /** Whether a value may be the true one, as far as the interval tells. */
  public boolean admits(double value) {
    return all == 0 || low <= value && value <= high;
  }
}
