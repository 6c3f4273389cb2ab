package dev.parley.policy.rollout;

import dev.parley.proto.rollout.v1.Status;

/** Another service did not give what was asked of it. */
final class CallFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Status status;

  /**
   * Says what happened.
   *
   * @param status failed or timed out
   * @param message what was found
   */
  CallFailedException(Status status, String message) {
    super(message);
    this.status = status;
  }

  /** Returns whether it failed or timed out. */
  Status status() {
    return status;
  }
}
