package dev.parley.console.agreement;

/**
 * A share with its interval.
 *
 * @param hits how many; a half for a tie
 * @param all of how many
 * @param low lower end of the interval of 95%
 * @param high upper end
 */
public record Proportion(double hits, long all, double low, double high) {

  private static final double Z = 1.959964;

  /**
   * The share of hits with Wilson's score interval (Wilson 1927, "Probable inference, the law of
   * succession, and statistical inference", JASA 22), which stays within 0 to 1 and holds for few
   * observations.
   */
  public static Proportion of(double hits, long all) {
    if (all == 0) {
      return new Proportion(hits, all, Double.NaN, Double.NaN);
    }
    double share = hits / all;
    double centre = (share + Z * Z / (2 * all)) / (1 + Z * Z / all);
    double half =
        Z / (1 + Z * Z / all) * Math.sqrt(share * (1 - share) / all + Z * Z / (4.0 * all * all));
    return new Proportion(hits, all, Math.max(0, centre - half), Math.min(1, centre + half));
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
