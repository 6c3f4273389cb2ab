package dev.parley.policy.rollout;

import dev.parley.proto.rollout.v1.Rollout;
import java.util.concurrent.CompletableFuture;

/** One prompt that is being answered and scored. */
interface RolloutInProgress {

  /**
   * Returns the rollout to come. It also comes if generation or scoring failed, with a status that
   * says so; it fails only if the prompt was given up.
   */
  CompletableFuture<Rollout> result();

  /** Gives the prompt up: its answers leave the engine, its calls to other services end. */
  void cancel();
}
