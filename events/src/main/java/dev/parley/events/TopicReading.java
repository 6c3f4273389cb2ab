package dev.parley.events;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was read of a topic.
 *
 * @param topic as users write it
 * @param brokers it was read from
 * @param offsets by partition
 * @param rows examples that were kept
 * @param bySource the topic's events by who judged, those that were not asked for included; of
 *     demonstrations none
 * @param repeated events whose id an earlier one has had
 * @param bad events that make no example
 */
public record TopicReading(
    String topic,
    String brokers,
    Map<Integer, Range> offsets,
    long rows,
    Map<String, Long> bySource,
    long repeated,
    long bad) {

  /**
   * Offsets of a partition.
   *
   * @param from the first one that was there
   * @param to one behind the last one read
   */
  public record Range(long from, long to) {}

  /** Copies the maps, sorted. */
  public TopicReading {
    offsets = Collections.unmodifiableMap(new TreeMap<>(offsets));
    bySource = Collections.unmodifiableMap(new TreeMap<>(bySource));
  }

  /** Where in the topic the rows lie: {@code "topic:preferences 0:0-120 1:0-97"}. */
  public String place() {
    return topic
        + offsets.entrySet().stream()
            .map(
                one ->
                    " %d:%d-%d".formatted(one.getKey(), one.getValue().from(), one.getValue().to()))
            .collect(Collectors.joining());
  }

  /** In words, for logs: {@code "217 rows of topic:preferences 0:0-120 1:0-97 (3 repeated)"}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("%d rows of %s".formatted(rows, place()));
    if (!bySource.isEmpty()) {
      text.append(", judged by ").append(bySource);
    }
    if (repeated > 0) {
      text.append(", ").append(repeated).append(" sent twice");
    }
    if (bad > 0) {
      text.append(", ").append(bad).append(" bad");
    }
    return text.toString();
  }
}
