package dev.parley.data.shape;

import dev.parley.data.Example;
import java.util.Set;

/** One way in which people write examples as JSON objects. */
public interface RowShape {

  /** The name in messages, in options and in {@code docs/data.md}: lower case, with dashes. */
  String name();

  /** The keys that a row of this shape always has. */
  Set<String> requires();

  /** Keys of other shapes, beside which a row is not of this one. */
  Set<String> excludes();

  /**
   * Whether a row's keys, and where they do not decide the types of its values, are this shape's.
   *
   * @param row the row's fields
   */
  default boolean matches(RowFields row) {
    return row.keys().containsAll(requires())
        && excludes().stream().noneMatch(row.keys()::contains);
  }

  /**
   * Reads a row.
   *
   * @param row the row's fields
   * @return the example that it holds
   * @throws dev.parley.data.InvalidExampleException if the row does not hold one
   */
  Example read(RowFields row);
}
