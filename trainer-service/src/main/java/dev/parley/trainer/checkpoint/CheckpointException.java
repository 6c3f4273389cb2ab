package dev.parley.trainer.checkpoint;

/** A checkpoint that cannot be written, or that is not what its manifest says. */
public final class CheckpointException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what was found and what was expected. */
  public CheckpointException(String message) {
    super(message);
  }

  /** Says what was found and what was expected, with the cause. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
