package dev.parley.trainer.onpolicy;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.UpdateTimer;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What a recipe makes of an update's answers; {@link OnPolicyLoop} does the rest. */
public interface Lesson {

  /** Returns the policy, whose weights are published after each update. */
  Learner policy();

  /** Returns where the policy's model comes from. */
  ModelDirectory origin();

  /**
   * Learns from an update's answers.
   *
   * @param update its number, from 1
   * @param samples the answers, grouped by prompt
   * @param timer told where the time goes
   * @return what was measured, by name
   */
  Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer);

  /** Returns how many optimizer steps of the run had a gradient that was not finite. */
  long skippedSteps();

  /**
   * Writes a checkpoint: models, moments and a state that holds where the run stands.
   *
   * @param writer the checkpoint
   * @param standing where the run stands
   */
  void save(CheckpointStore.Writer writer, Standing standing) throws IOException;
}
