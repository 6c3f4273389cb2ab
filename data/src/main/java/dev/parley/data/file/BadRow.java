package dev.parley.data.file;

import dev.parley.data.Defect;

/**
 * A row that cannot be used.
 *
 * @param place where it stands
 * @param defect the reason to count by
 * @param detail what was found, and what was expected
 */
public record BadRow(RowPlace place, Defect defect, String detail) {

  /** {@code data/train.jsonl:17: 'rejected' is missing; …}. */
  @Override
  public String toString() {
    return place + ": " + detail;
  }
}
