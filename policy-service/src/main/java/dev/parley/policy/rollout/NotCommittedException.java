package dev.parley.policy.rollout;

import java.util.Set;

/** A transaction was aborted: nothing of it was published, and it may be tried again. */
final class NotCommittedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Set<Integer> tooLarge;

  /**
   * Says why.
   *
   * @param cause what Kafka said
   * @param tooLarge which of the publications the broker will never take, by their index
   */
  NotCommittedException(Throwable cause, Set<Integer> tooLarge) {
    super(cause.getMessage(), cause);
    this.tooLarge = Set.copyOf(tooLarge);
  }

  /** Returns which of the publications the broker will never take, by their index. */
  Set<Integer> tooLarge() {
    return tooLarge;
  }
}
