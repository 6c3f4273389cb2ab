package dev.parley.model.text.template;

/**
 * A template that cannot be loaded or rendered. The message names the line of the template, what
 * was found there and what can be done.
 */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final boolean raisedByTemplate;

  TemplateException(int line, String message, boolean raisedByTemplate, Throwable cause) {
    super("chat template line " + line + ": " + message, cause);
    this.line = line;
    this.raisedByTemplate = raisedByTemplate;
  }

  TemplateException(int line, String message) {
    this(line, message, false, null);
  }

  TemplateException(int line, PyError cause) {
    this(line, cause.getMessage(), cause.kind() == PyError.Kind.RAISED, cause);
  }

  /** The line of the template, counted from 1. */
  public int line() {
    return line;
  }

  /**
   * True when the template itself refused its input by calling {@code raise_exception}, for example
   * because the roles of a conversation do not alternate.
   */
  public boolean raisedByTemplate() {
    return raisedByTemplate;
  }
}
