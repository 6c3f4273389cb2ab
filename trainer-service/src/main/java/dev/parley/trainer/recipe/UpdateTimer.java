package dev.parley.trainer.recipe;

import java.util.LinkedHashMap;
import java.util.Map;

/** Measures where the time of one update goes. */
public final class UpdateTimer {

  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final long start = System.nanoTime();
  private long last = start;

  /**
   * Ends a phase, which began where the one before it ended.
   *
   * @param phase its name, under {@code timing/} in the metrics
   */
  public void lap(String phase) {
    long now = System.nanoTime();
    seconds.merge("timing/" + phase, (now - last) / 1e9, Double::sum);
    last = now;
  }

  /** Returns the seconds since the beginning. */
  public double total() {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Returns the seconds of all phases, and their sum as {@code timing/step_total}. */
  public Map<String, Double> metrics() {
    Map<String, Double> all = new LinkedHashMap<>(seconds);
    all.put("timing/step_total", total());
    return all;
  }
}
