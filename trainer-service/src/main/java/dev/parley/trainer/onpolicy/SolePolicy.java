package dev.parley.trainer.onpolicy;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.optimization.Learner;

/**
 * A policy that is the only model that learns.
 *
 * @param policy the policy
 * @param origin where its model comes from
 */
record SolePolicy(Learner policy, ModelDirectory origin) implements Learners {

  /** The policy's name in a checkpoint. */
  static final String NAME = "policy";

  @Override
  public long skippedSteps() {
    return policy.state().skipped();
  }

  @Override
  public void addTo(CheckpointStore.Writer writer) {
    LearnerCheckpoint.add(writer, NAME, policy, origin);
  }

  @Override
  public void close() {
    policy.close();
  }
}
