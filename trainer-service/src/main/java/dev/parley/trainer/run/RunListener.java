package dev.parley.trainer.run;

import dev.parley.proto.run.v1.RunEvent;
import java.util.Map;

/** Hears what a run is doing. */
public interface RunListener {

  /** Something happened. */
  default void onEvent(RunEvent event) {}

  /**
   * An update is done.
   *
   * @param update the update, from 1
   * @param values its numbers by their common names
   */
  default void onMetrics(long update, Map<String, Double> values) {}

  /**
   * Something happened that a person should know.
   *
   * @param code short fixed name to count by
   */
  default void onWarning(String code) {}
}
