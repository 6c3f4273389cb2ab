package dev.parley.data.file;

import dev.parley.data.Defect;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The bad rows that were left out.
 *
 * @param byDefect how many, by reason
 * @param first the first of them, in reading order
 */
public record SkippedRows(Map<Defect, Long> byDefect, List<BadRow> first) {

  /** None. */
  public static final SkippedRows NONE = new SkippedRows(Map.of(), List.of());

  /** Copies the counts. */
  public SkippedRows {
    EnumMap<Defect, Long> sorted = new EnumMap<>(Defect.class);
    sorted.putAll(byDefect);
    byDefect = Collections.unmodifiableMap(sorted);
    first = List.copyOf(first);
  }

  /** How many in all. */
  public long total() {
    return byDefect.values().stream().mapToLong(Long::longValue).sum();
  }
}
