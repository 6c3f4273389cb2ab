package dev.parley.data;

/**
 * How often scores put the chosen answer of a pair above the rejected one.
 *
 * @param agreed pairs that they put the right way round; a tie counts half
 * @param pairs all pairs
 */
public record PreferenceAgreement(double agreed, long pairs) {

  /** Of no pairs yet. */
  public static final PreferenceAgreement NONE = new PreferenceAgreement(0, 0);

  /** Checks that no more agree than there are. */
  public PreferenceAgreement {
    if (!(agreed >= 0 && agreed <= pairs)) {
      throw new IllegalArgumentException(
          agreed + " of " + pairs + " pairs agree; expected a number from 0 to that of the pairs");
    }
  }

  /** Returns the agreement with one pair more, by its scores. */
  public PreferenceAgreement and(double chosen, double rejected) {
    double agrees = chosen > rejected ? 1 : chosen == rejected ? 0.5 : 0;
    return new PreferenceAgreement(agreed + agrees, pairs + 1);
  }

  /** Returns the share of pairs that are the right way round, 0 to 1; NaN of none. */
  public double share() {
    return agreed / pairs;
  }

  /**
   * Returns the 95% interval of the share (Wilson 1927), lower bound first. Pairs count as
   * independent.
   */
  public double[] interval() {
    WilsonInterval interval = WilsonInterval.of(share(), pairs);
    return new double[] {interval.low(), interval.high()};
  }
}
