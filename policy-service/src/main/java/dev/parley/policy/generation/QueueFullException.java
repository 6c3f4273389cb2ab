package dev.parley.policy.generation;

import java.time.Duration;

/** So many answers wait that another request may not join them now. */
public final class QueueFullException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  /**
   * Says how many wait.
   *
   * @param waiting answers that wait
   * @param capacity most answers that may wait
   * @param retryAfter when there may be room
   */
  public QueueFullException(int waiting, int capacity, Duration retryAfter) {
    super(
        "%d answers wait, parley.policy.engine.queue-capacity is %d; try again in %d ms"
            .formatted(waiting, capacity, retryAfter.toMillis()));
    this.retryAfter = retryAfter;
  }

  /** Returns when there may be room. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
