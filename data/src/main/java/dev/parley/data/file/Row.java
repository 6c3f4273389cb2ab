package dev.parley.data.file;

import dev.parley.data.Example;
import dev.parley.data.PairGrades;
import java.util.Optional;

/**
 * One row of a dataset.
 *
 * @param example what it says
 * @param place where it stands
 * @param shape the name of the shape that it was read as
 * @param grades what the two answers of a pair were worth by themselves, where the row says so
 * @param <T> the kind of example
 */
public record Row<T extends Example>(
    T example, RowPlace place, String shape, Optional<PairGrades> grades) {

  /** A row that grades nothing. */
  public Row(T example, RowPlace place, String shape) {
    this(example, place, shape, Optional.empty());
  }
}
