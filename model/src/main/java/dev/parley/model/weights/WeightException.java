package dev.parley.model.weights;

/** Weights that cannot be used: a file that is missing, malformed, or does not fit the model. */
public final class WeightException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what was found and what was expected. */
  public WeightException(String message) {
    super(message);
  }

  /** Says what was found and what was expected, with the cause. */
  public WeightException(String message, Throwable cause) {
    super(message, cause);
  }
}
