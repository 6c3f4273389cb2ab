package dev.parley.policy.serving;

/** Announced weights that cannot be served. What is running goes on. */
public final class CheckpointRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Why, in one word, to count by. */
  public enum Reason {
    /** The URI is none that a policy can read, or the announcement is incomplete. */
    ANNOUNCEMENT,
    /** There is no such directory. */
    MISSING,
    /** The files cannot be read as weights. */
    UNREADABLE,
    /** The files are not those that were announced. */
    CHECKSUM,
    /** The weights are those of another model. */
    SHAPE,
    /** The weights give numbers that are not finite. */
    NOT_FINITE
  }

  private final Reason reason;

  /** Says what was found and what was expected. */
  public CheckpointRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Says what was found and what was expected, with the cause. */
  public CheckpointRefusedException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Returns why. */
  public Reason reason() {
    return reason;
  }
}
