package dev.parley.model.family;

/** A config.json that cannot be used: unreadable, incomplete, or of an unsupported model. */
public final class ModelConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what was found and what was expected. */
  public ModelConfigException(String message) {
    super(message);
  }

  /** Says what was found and what was expected, with the cause. */
  public ModelConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
