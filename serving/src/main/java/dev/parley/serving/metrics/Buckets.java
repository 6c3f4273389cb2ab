package dev.parley.serving.metrics;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Upper bounds of buckets. */
public final class Buckets {

  /** Of calls between services: a millisecond to five minutes. */
  public static final List<Duration> CALLS =
      millis(
          1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000,
          300_000);

  /** Of shares, 0 to 1. */
  public static final List<Double> TENTHS =
      LongStream.rangeClosed(1, 10).mapToObj(tenth -> tenth / 10.0).toList();

  /** None: a sum and a count alone. */
  public static final List<Double> NONE = List.of();

  private Buckets() {}

  /** Returns bounds in milliseconds. */
  public static List<Duration> millis(long... bounds) {
    return LongStream.of(bounds).mapToObj(Duration::ofMillis).toList();
  }

  /** Returns bounds in seconds. */
  public static List<Duration> seconds(long... bounds) {
    return LongStream.of(bounds).mapToObj(Duration::ofSeconds).toList();
  }

  /** Returns 1, 2, 4 … up to a last one, for what is counted. */
  public static List<Double> powersOfTwo(double last) {
    return Stream.iterate(1.0, bound -> bound <= last, bound -> 2 * bound).toList();
  }
}
