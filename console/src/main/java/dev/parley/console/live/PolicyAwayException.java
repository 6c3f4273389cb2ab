package dev.parley.console.live;

/** A policy does not answer. */
public class PolicyAwayException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** With who, and what it says. */
  public PolicyAwayException(String message, Throwable cause) {
    super(message, cause);
  }
}
