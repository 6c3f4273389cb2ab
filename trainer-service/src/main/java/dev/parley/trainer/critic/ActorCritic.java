package dev.parley.trainer.critic;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.onpolicy.Learners;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import java.util.Optional;

/**
 * The policy and its value function: two models, or one with two heads.
 *
 * @param policy learns the policy
 * @param critic learns values; the same learner if they share a trunk
 * @param origin where the policy's model comes from
 * @param criticOrigin where the critic's model comes from
 */
public record ActorCritic(
    Learner policy, Learner critic, ModelDirectory origin, ModelDirectory criticOrigin)
    implements Learners {

  /** The policy's name in a checkpoint. */
  static final String POLICY = "policy";

  /** The name of a separate value model in a checkpoint. */
  static final String CRITIC = "critic";

  /** Returns whether policy and values share a trunk. */
  boolean shared() {
    return policy == critic;
  }

  private Optional<Learner> separateCritic() {
    return shared() ? Optional.empty() : Optional.of(critic);
  }

  @Override
  public void addTo(CheckpointStore.Writer writer) {
    LearnerCheckpoint.add(writer, POLICY, policy, origin);
    separateCritic().ifPresent(own -> LearnerCheckpoint.add(writer, CRITIC, own, criticOrigin));
  }

  /** Restores moments and counts from the checkpoint that the models come from. */
  void restore(CheckpointStore.Checkpoint checkpoint) {
    ActorCriticState state = checkpoint.state(ActorCriticState.class);
    LearnerCheckpoint.restore(checkpoint, POLICY, policy, state.policyOptimizer());
    separateCritic()
        .ifPresent(
            own -> LearnerCheckpoint.restore(checkpoint, CRITIC, own, state.valueOptimizer()));
  }

  /**
   * Returns what a checkpoint holds beside models and moments.
   *
   * @param standing where the run stands
   * @param klCoefficient β now in force
   */
  ActorCriticState state(Standing standing, double klCoefficient) {
    return new ActorCriticState(
        standing.update(),
        policy.state(),
        separateCritic().map(Learner::state).orElse(AdamW.State.INITIAL),
        klCoefficient,
        standing.place(),
        standing.published(),
        standing.episodes());
  }

  @Override
  public long skippedSteps() {
    return policy.state().skipped() + separateCritic().map(c -> c.state().skipped()).orElse(0L);
  }

  @Override
  public void close() {
    policy.close();
    separateCritic().ifPresent(Learner::close);
  }
}
