package dev.parley.trainer.onpolicy;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.optimization.Learner;

/** The models that learn in a run, the policy among them. */
public interface Learners extends AutoCloseable {

  /** Returns the policy, whose weights are published after each update. */
  Learner policy();

  /** Returns where the policy's model comes from. */
  ModelDirectory origin();

  /** Returns how many optimizer steps of the run had a gradient that was not finite. */
  long skippedSteps();

  /** Adds models and moments to a checkpoint. */
  void addTo(CheckpointStore.Writer writer);

  @Override
  void close();
}
