package dev.parley.judge.chat;

/** A question that got no answer. The message names the endpoint and says what it said. */
public final class ChatException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean hopeless;

  /**
   * A question without an answer.
   *
   * @param message what happened
   * @param hopeless whether every other question would fare the same: the key is refused, the money
   *     is spent
   * @param cause what was thrown; may be null
   */
  public ChatException(String message, boolean hopeless, Throwable cause) {
    super(message, cause);
    this.hopeless = hopeless;
  }

  /** Whether every other question would fare the same, so that it is better to stop. */
  public boolean hopeless() {
    return hopeless;
  }
}
