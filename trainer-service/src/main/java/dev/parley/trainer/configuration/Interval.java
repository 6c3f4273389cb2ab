package dev.parley.trainer.configuration;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers from one bound to another.
 *
 * @param low the lower bound
 * @param withLow whether the lower bound belongs to it
 * @param high the upper bound, perhaps infinite
 * @param withHigh whether the upper bound belongs to it
 * @param orZero whether 0 belongs to it too, as the number that switches something off
 */
public record Interval(double low, boolean withLow, double high, boolean withHigh, boolean orZero) {

  private static final Pattern FORM =
      Pattern.compile("(0 \\| )?([\\[(])(-?[0-9.]+), (∞|-?[0-9.]+)([\\])])");

  /** Checks the order of the bounds. */
  public Interval {
    if (!(low < high)) {
      throw new IllegalArgumentException("there is no number from " + low + " to " + high);
    }
  }

  /**
   * Reads an interval: square brackets include their bound, round ones do not, and {@code "0 | "}
   * before them adds 0.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static Interval parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no interval; write it as \"[0, 1)\" or \"0 | (1, ∞)\"");
    }
    double high =
        parts.group(4).equals("∞") ? Double.POSITIVE_INFINITY : Double.parseDouble(parts.group(4));
    return new Interval(
        Double.parseDouble(parts.group(3)),
        parts.group(2).equals("["),
        high,
        parts.group(5).equals("]"),
        parts.group(1) != null);
  }

  /** Returns whether a number is finite and belongs to it. */
  public boolean contains(double number) {
    if (orZero && number == 0) {
      return true;
    }
    return Double.isFinite(number)
        && (withLow ? number >= low : number > low)
        && (withHigh ? number <= high : number < high);
  }

  /** Returns it in words: {@code "from 0 to below 1"}. */
  @Override
  public String toString() {
    String bounds;
    if (Double.isInfinite(high)) {
      bounds = (withLow ? "at least " : "above ") + plain(low);
    } else if (withLow) {
      bounds = "from " + plain(low) + (withHigh ? " to " : " to below ") + plain(high);
    } else {
      bounds = "above " + plain(low) + (withHigh ? ", at most " : ", below ") + plain(high);
    }
    return orZero ? "0 or " + bounds : bounds;
  }

  private static String plain(double bound) {
    return BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
  }
}
