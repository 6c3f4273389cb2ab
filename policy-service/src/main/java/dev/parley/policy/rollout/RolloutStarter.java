package dev.parley.policy.rollout;

import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.proto.prompt.v1.Prompt;

/** Begins rollouts. */
interface RolloutStarter {

  /**
   * Begins one.
   *
   * @param prompt what is asked
   * @param arrivedNanos when it came, on {@link System#nanoTime}
   * @throws InvalidRequestException if it can never be answered
   * @throws QueueFullException if there is no room at this moment
   */
  RolloutInProgress start(Prompt prompt, long arrivedNanos) throws QueueFullException;
}
