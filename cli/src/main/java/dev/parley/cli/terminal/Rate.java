package dev.parley.cli.terminal;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How fast a count grows, of late: an average whose weights halve every few seconds, so that an
 * estimate follows a change of pace and does not jump with every step.
 */
public final class Rate {

  private static final double HALF_LIFE_SECONDS = 8;

  private long lastNanos;
  private double lastCount;
  private double weightedCount;
  private double weightedSeconds;
  private boolean begun;

  /**
   * Takes note of a count.
   *
   * @param nanos when, as {@link System#nanoTime}
   * @param count how many by then
   */
  public void note(long nanos, double count) {
    if (!begun || count < lastCount) {
      restart(nanos, count);
      return;
    }
    double seconds = (nanos - lastNanos) / 1e9;
    if (count == lastCount || seconds <= 0) {
      return;
    }
    double keep = Math.pow(0.5, seconds / HALF_LIFE_SECONDS);
    weightedCount = keep * weightedCount + count - lastCount;
    weightedSeconds = keep * weightedSeconds + seconds;
    lastNanos = nanos;
    lastCount = count;
  }

  /**
   * Begins anew from a count.
   *
   * @param nanos when, as {@link System#nanoTime}
   * @param count how many by then
   */
  public void restart(long nanos, double count) {
    begun = true;
    weightedCount = 0;
    weightedSeconds = 0;
    lastNanos = nanos;
    lastCount = count;
  }

  /** The rate; empty before two different counts. */
  public OptionalDouble perSecond() {
    return weightedSeconds == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(weightedCount / weightedSeconds);
  }

  /**
   * The time that the rest will take at this rate.
   *
   * @param remaining how many are left
   * @return empty if nothing can be said
   */
  public Optional<Duration> timeFor(double remaining) {
    return weightedCount <= 0
        ? Optional.empty()
        : Optional.of(
            Duration.ofMillis(Math.round(1000 * remaining * weightedSeconds / weightedCount)));
  }
}
