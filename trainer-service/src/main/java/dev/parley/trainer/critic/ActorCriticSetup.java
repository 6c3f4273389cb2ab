package dev.parley.trainer.critic;

import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.Setup;
import dev.parley.trainer.onpolicy.Standing;
import java.util.List;
import java.util.Optional;

/** What a recipe with a critic brings to its run. */
public interface ActorCriticSetup extends Setup<ActorCritic> {

  /** Returns the settings of the run. */
  OnPolicySettings settings();

  /** Returns what becomes of them. */
  ActorCriticSettings models();

  @Override
  default Heads heads() {
    return models().heads();
  }

  @Override
  default List<MemoryPrediction.Model> sizes() {
    return models().sizes();
  }

  @Override
  default Standing standing(Checkpoint checkpoint) {
    return checkpoint.state(ActorCriticState.class).standing();
  }

  @Override
  default ActorCritic open(Optional<Checkpoint> resumed) {
    return models().open(settings().steps(), resumed);
  }

  /**
   * Returns the KL coefficient that a run goes on with.
   *
   * @param first of a run that begins
   * @param resumed the checkpoint to go on from
   */
  static double klCoefficient(double first, Optional<Checkpoint> resumed) {
    return resumed
        .map(checkpoint -> checkpoint.state(ActorCriticState.class).klCoefficient())
        .orElse(first);
  }
}
