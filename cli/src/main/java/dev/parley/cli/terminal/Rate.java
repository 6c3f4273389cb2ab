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
  private double perSecond = Double.NaN;
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
    double now = (count - lastCount) / seconds;
    double keep = Math.pow(0.5, seconds / HALF_LIFE_SECONDS);
    perSecond = Double.isNaN(perSecond) ? now : keep * perSecond + (1 - keep) * now;
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
    perSecond = Double.NaN;
    lastNanos = nanos;
    lastCount = count;
  }

  /** The rate; empty before two different counts. */
  public OptionalDouble perSecond() {
    return Double.isNaN(perSecond) ? OptionalDouble.empty() : OptionalDouble.of(perSecond);
  }

  /**
   * The time that the rest will take at this rate.
   *
   * @param remaining how many are left
   * @return empty if nothing can be said
   */
  public Optional<Duration> timeFor(double remaining) {
    return Double.isNaN(perSecond) || perSecond <= 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) (1000 * remaining / perSecond)));
  }
}
