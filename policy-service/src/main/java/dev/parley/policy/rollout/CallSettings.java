package dev.parley.policy.rollout;

import java.time.Duration;

/**
 * How patient a caller is with another service.
 *
 * @param tryTimeout deadline of one try
 * @param totalTimeout deadline of all tries together
 * @param attempts most tries
 * @param firstBackoff longest pause before the second try; each further one may be twice as long
 * @param longestBackoff longest pause of all
 */
public record CallSettings(
    Duration tryTimeout,
    Duration totalTimeout,
    int attempts,
    Duration firstBackoff,
    Duration longestBackoff) {

  /** Checks the ranges. */
  public CallSettings {
    requirePositive(tryTimeout, "try-timeout-ms");
    requirePositive(totalTimeout, "total-timeout-ms");
    requirePositive(firstBackoff, "first-backoff-ms");
    requirePositive(longestBackoff, "longest-backoff-ms");
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts is \"" + attempts + "\", expected 1 or more");
    }
  }

  private static void requirePositive(Duration value, String name) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(
          name + " is \"" + value.toMillis() + "\", expected 1 millisecond or more");
    }
  }
}
