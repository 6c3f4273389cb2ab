package dev.parley.cli.terminal;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
public final class Quantity {

  private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB"};
  private static final String[] COUNTS = {"", "k", "M", "G", "T"};

  private Quantity() {}

  /** {@code 1.2 GB}, in powers of 1,000. */
  public static String bytes(long bytes) {
    return scaled(bytes, BYTES, " ");
  }

  /** {@code 12.3k}: three digits and a power of 1,000. */
  public static String count(double count) {
    return scaled(count, COUNTS, "");
  }

  /** {@code 1,234,567}. */
  public static String exact(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /**
   * {@code 1 row}, {@code 1,234 rows}.
   *
   * @param thing whose plural ends with s
   */
  public static String of(long count, String thing) {
    return exact(count) + " " + thing + (count == 1 ? "" : "s");
  }

  /** {@code 51.2%}, from a share of 0 to 1. */
  public static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  /** {@code 8s}, {@code 3m 05s}, {@code 2h 07m}, {@code 3d 04h}. */
  public static String duration(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return String.format(Locale.ROOT, "%dm %02ds", seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return String.format(Locale.ROOT, "%dh %02dm", seconds / 3600, seconds / 60 % 60);
    }
    return String.format(Locale.ROOT, "%dd %02dh", seconds / 86_400, seconds / 3600 % 24);
  }

  /**
   * A measured value in at most six characters or so: {@code 0.0123}, {@code 4.57}, {@code
   * 1.2e-07}.
   */
  public static String measured(double value) {
    double size = Math.abs(value);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.toString(value);
    }
    if (size != 0 && (size < 1e-3 || size >= 1e6)) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    return String.format(Locale.ROOT, size < 1 ? "%.4f" : size < 100 ? "%.2f" : "%.1f", value);
  }

  private static String scaled(double value, String[] units, String space) {
    int unit = 0;
    double scaled = value;
    // 999.5 and more would be printed as 1000.
    while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
      scaled /= 1000;
      unit++;
    }
    String format = unit == 0 || Math.abs(scaled) >= 99.95 ? "%.0f%s%s" : "%.1f%s%s";
    return String.format(Locale.ROOT, format, scaled, space, units[unit]);
  }
}
