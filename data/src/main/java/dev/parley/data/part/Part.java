package dev.parley.data.part;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A part that a dataset is divided into. One of share and rows is there, or neither: the rest.
 *
 * @param name a word
 * @param share of the groups, 0 to 1
 * @param rows as many, or a few less where groups are large
 */
public record Part(String name, OptionalDouble share, OptionalLong rows) {

  /** What is written for the part that takes what the others leave. */
  private static final String REST = "rest";

  /**
   * Reads {@code train=0.9}, {@code test=500} or {@code train=rest}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static Part parse(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    String amount = equals < 0 ? "" : text.substring(equals + 1);
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw refused(text);
    }
    if (amount.equals(REST)) {
      return new Part(name, OptionalDouble.empty(), OptionalLong.empty());
    }
    try {
      if (amount.matches("[0-9]+")) {
        long rows = Long.parseLong(amount);
        if (rows > 0) {
          return new Part(name, OptionalDouble.empty(), OptionalLong.of(rows));
        }
      } else {
        double share = Double.parseDouble(amount);
        if (share > 0 && share < 1) {
          return new Part(name, OptionalDouble.of(share), OptionalLong.empty());
        }
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(refused(text).getMessage(), e);
    }
    throw refused(text);
  }

  /** Whether it takes what the others leave. */
  boolean isRest() {
    return share.isEmpty() && rows.isEmpty();
  }

  private static IllegalArgumentException refused(String text) {
    return new IllegalArgumentException(
        "\"%s\" is no part; expected a name with a share, a number of rows or the rest, as in train=0.9, test=500, train=rest"
            .formatted(text));
  }
}
