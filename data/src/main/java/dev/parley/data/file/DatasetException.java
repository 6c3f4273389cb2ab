package dev.parley.data.file;

import dev.parley.data.Defect;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A dataset that cannot be read: a file that is missing or broken, or a bad row when none may be
 * skipped.
 */
public final class DatasetException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Of each reason, so many places are named. */
  private static final int PLACES_NAMED = 3;

  private final transient List<BadRow> badRows;

  private DatasetException(String message, List<BadRow> badRows, Throwable cause) {
    super(message, cause);
    this.badRows = badRows;
  }

  static DatasetException ofFile(String message) {
    return new DatasetException(message, List.of(), null);
  }

  static DatasetException ofFile(String message, Throwable cause) {
    return new DatasetException(message, List.of(), cause);
  }

  /**
   * A bad row ended the reading.
   *
   * @param badRows the row, and those that were found behind it
   * @param looked how many rows behind it were looked at
   */
  static DatasetException ofRows(List<BadRow> badRows, long looked) {
    StringBuilder message = new StringBuilder(badRows.get(0).toString());
    List<BadRow> behind = badRows.subList(1, badRows.size());
    if (!behind.isEmpty()) {
      message.append(
          "\n%d more bad %s in the next %,d:"
              .formatted(behind.size(), behind.size() == 1 ? "row" : "rows", looked));
      Map<Defect, List<BadRow>> byDefect =
          behind.stream()
              .collect(
                  Collectors.groupingBy(BadRow::defect, LinkedHashMap::new, Collectors.toList()));
      byDefect.forEach(
          (defect, rows) ->
              message.append(
                  "\n  %s: %s%s"
                      .formatted(
                          defect.label(),
                          rows.stream()
                              .limit(PLACES_NAMED)
                              .map(row -> row.place().toString())
                              .collect(Collectors.joining(", ")),
                          rows.size() > PLACES_NAMED
                              ? " and %d more".formatted(rows.size() - PLACES_NAMED)
                              : "")));
    }
    return new DatasetException(message.toString(), List.copyOf(badRows), null);
  }

  /**
   * The bad rows that were seen, the one that ended the reading first; empty if it was not a row.
   */
  public List<BadRow> badRows() {
    return badRows == null ? List.of() : badRows;
  }
}
