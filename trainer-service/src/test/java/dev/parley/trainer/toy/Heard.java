package dev.parley.trainer.toy;

import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunWarning;
import dev.parley.trainer.run.RunListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a run said while it went on. */
public final class Heard implements RunListener {

  private final List<RunEvent> events = new ArrayList<>();
  private final Map<Long, Map<String, Double>> metrics = new TreeMap<>();

  @Override
  public void onEvent(RunEvent event) {
    events.add(event);
  }

  @Override
  public void onMetrics(long update, Map<String, Double> values) {
    metrics.put(update, values);
  }

  /** Returns all events in order. */
  public List<RunEvent> events() {
    return events;
  }

  /** Returns the updates that numbers were told of. */
  public Set<Long> updates() {
    return metrics.keySet();
  }

  /** Returns the newest update, 0 before the first. */
  public long lastUpdate() {
    return metrics.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Returns one number of one update; null if the update does not have it. */
  public Double metric(long update, String name) {
    return metrics.get(update).get(name);
  }

  /** Returns one number of every update. */
  public List<Double> metric(String name) {
    return metrics.values().stream().map(values -> values.get(name)).toList();
  }

  /** Returns the names of all numbers of all updates. */
  public Set<String> metricNames() {
    Set<String> names = new TreeSet<>();
    metrics.values().forEach(values -> names.addAll(values.keySet()));
    return names;
  }

  /** Returns the warnings of a code, in order. */
  public List<String> warnings(String code) {
    return events.stream()
        .filter(RunEvent::hasWarning)
        .map(RunEvent::getWarning)
        .filter(warning -> warning.getCode().equals(code))
        .map(RunWarning::getMessage)
        .toList();
  }
}
