package dev.parley.data;

/** Turns or fields that make no example. The message says what was found and what was expected. */
public final class InvalidExampleException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final Defect defect;

  /**
   * A refusal.
   *
   * @param defect the reason to count by
   * @param message what was found, and what was expected
   */
  public InvalidExampleException(Defect defect, String message) {
    super(message);
    this.defect = defect;
  }

  /** The reason to count by. */
  public Defect defect() {
    return defect;
  }
}
