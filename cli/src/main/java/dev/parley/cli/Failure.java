package dev.parley.cli;

/** A command that cannot do what was asked: one sentence that says why, and what to do about it. */
public class Failure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String remedy;

  /**
   * A failure.
   *
   * @param message what went wrong: found, expected
   * @param remedy what to do; empty if the message says it
   */
  public Failure(String message, String remedy) {
    this(message, remedy, null);
  }

  /**
   * A failure with its cause, which {@code --verbose} shows.
   *
   * @param message what went wrong: found, expected
   * @param remedy what to do; empty if the message says it
   * @param cause what was thrown; may be null
   */
  public Failure(String message, String remedy, Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  /** What to do about it; empty if the message says it. */
  public String remedy() {
    return remedy;
  }
}
