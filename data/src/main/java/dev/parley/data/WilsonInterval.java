package dev.parley.data;

/**
 * Wilson's score interval of a share (Wilson 1927, "Probable inference, the law of succession, and
 * statistical inference", JASA 22), which stays within 0 to 1 and holds for few observations.
 *
 * @param low lower end of the interval of 95%
 * @param high upper end
 */
public record WilsonInterval(double low, double high) {

  private static final double Z_95 = 1.959964;

  /**
   * Returns the interval; NaN to NaN of no observations.
   *
   * @param share the share seen, 0 to 1
   * @param observations how many, which count as independent
   */
  public static WilsonInterval of(double share, long observations) {
    double z2 = Z_95 * Z_95 / observations;
    double centre = (share + z2 / 2) / (1 + z2);
    double half =
        Z_95 * Math.sqrt(share * (1 - share) / observations + z2 / (4 * observations)) / (1 + z2);
    // Rounding may lead out of the range.
    return new WilsonInterval(Math.max(0, centre - half), Math.min(1, centre + half));
  }
}
