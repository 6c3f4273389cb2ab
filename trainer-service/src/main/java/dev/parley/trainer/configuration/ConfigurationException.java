package dev.parley.trainer.configuration;

/** A configuration that cannot be used; the message names every wrong key. */
public final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what was found and what was expected. */
  public ConfigurationException(String message) {
    super(message);
  }

  /** Says what was found and what was expected, with the cause. */
  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
