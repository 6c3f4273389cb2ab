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
   * An update has chosen what it learns from.
   *
   * @param learnt answers that it learns from
   * @param tokens theirs, prompts included
   * @param keptOut answers that cannot be learnt from, by reason
   */
  default void onAnswers(long learnt, long tokens, Map<String, Integer> keptOut) {}

  /**
   * Weights were announced to the policies.
   *
   * @param version theirs
   */
  default void onVersion(long version) {}

  /**
   * Rollouts were read.
   *
   * @param records committed records of the topic that are left to read
   */
  default void onLag(long records) {}

  /**
   * Something happened that a person should know.
   *
   * @param code short fixed name to count by
   */
  default void onWarning(String code) {}
}
