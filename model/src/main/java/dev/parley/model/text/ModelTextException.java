package dev.parley.model.text;

/**
 * A model's tokenizer or chat template cannot be used. The message names the file, what was found
 * in it and what to do.
 */
public final class ModelTextException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelTextException(String message) {
    super(message);
  }

  public ModelTextException(String message, Throwable cause) {
    super(message, cause);
  }
}
