package dev.parley.trainer.onpolicy;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.recipe.UpdateTimer;
import java.util.List;
import java.util.Map;

/** What a recipe makes of an update's answers; {@link OnPolicyLoop} does the rest. */
public interface Lesson {

  /** Returns what learns. */
  Learners learners();

  /**
   * Learns from an update's answers.
   *
   * @param update its number, from 1
   * @param samples the answers, grouped by prompt
   * @param timer told where the time goes
   * @return what was measured, by name
   */
  Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer);

  /**
   * Returns what a checkpoint holds beside models and moments, a record.
   *
   * @param standing where the run stands, which the record holds, too
   */
  Object state(Standing standing);
}
