package dev.parley.policy.generation;

/** The weights gave no distribution: a log-probability is NaN or infinite. */
public final class NotFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Names the answer, the token, what was found, and the weights. */
  public NotFiniteException(String message) {
    super(message);
  }
}
