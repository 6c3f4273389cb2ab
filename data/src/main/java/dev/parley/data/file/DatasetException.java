package dev.parley.data.file;

import java.util.List;

/**
 * A dataset that cannot be read: a file that is missing or broken, or a bad row when none may be
 * skipped.
 */
public final class DatasetException extends RuntimeException {

  private static final long serialVersionUID = 1L;

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
    int more = badRows.size() - 1;
    if (more > 0) {
      message.append(
          "\n%d more bad %s in the next %,d:".formatted(more, more == 1 ? "row" : "rows", looked));
      for (BadRow row : badRows.subList(1, badRows.size())) {
        message.append("\n  ").append(row.place()).append(": ").append(row.defect().label());
      }
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
