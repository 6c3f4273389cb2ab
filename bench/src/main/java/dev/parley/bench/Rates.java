package dev.parley.bench;

/**
 * What one run of a comparison gave, in the comparison's unit.
 *
 * @param ours Parley's figure
 * @param peer the peer's, or the limit that the machine sets
 */
public record Rates(double ours, double peer) {

  /** Checks that they can be compared. */
  public Rates {
    if (!(ours > 0 && peer > 0 && Double.isFinite(ours) && Double.isFinite(peer))) {
      throw new IllegalArgumentException(
          "rates are %s and %s, expected numbers above 0".formatted(ours, peer));
    }
  }
}
