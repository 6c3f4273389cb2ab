package dev.parley.trainer.checkpoint;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;

/**
 * How a learner is stored: its weights or its adapter, both moments, and the optimizer's counts,
 * which go into the recipe's state.
 */
public final class LearnerCheckpoint {

  private static final String FIRST = ".first_moments";
  private static final String SECOND = ".second_moments";

  private LearnerCheckpoint() {}

  /**
   * Adds a learner's weights and moments.
   *
   * @param writer the checkpoint
   * @param name the learner's name in it
   * @param learner the learner
   * @param origin where its model comes from
   */
  public static void add(
      CheckpointStore.Writer writer, String name, Learner learner, ModelDirectory origin) {
    writer.model(name, learner.master(), origin);
    writer.weights(name + FIRST, learner.firstMoments());
    writer.weights(name + SECOND, learner.secondMoments());
  }

  /**
   * Restores the moments and counts of a learner whose weights come from the same checkpoint.
   *
   * @param checkpoint the checkpoint
   * @param name the learner's name in it
   * @param learner the learner
   * @param state the optimizer's counts
   */
  public static void restore(
      CheckpointStore.Checkpoint checkpoint, String name, Learner learner, AdamW.State state) {
    checkpoint.readWeights(name + FIRST, learner.firstMoments());
    checkpoint.readWeights(name + SECOND, learner.secondMoments());
    learner.restart(state);
  }
}
