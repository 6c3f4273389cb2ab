package dev.parley.policy.generation;

/** A request that can never be answered. The message begins with the field that is wrong. */
public final class InvalidRequestException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Names the field, what was found, and what was expected. */
  public InvalidRequestException(String message) {
    super(message);
  }
}
