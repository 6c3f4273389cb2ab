package dev.parley.model.text.template;

/**
 * An error inside an expression, of the kind that Python would raise. The interpreter adds the line
 * and turns it into a {@link TemplateException}; a few filters recover from certain kinds, as
 * Jinja's do.
 */
final class PyError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Python's exception classes, as far as a template can tell them apart. */
  enum Kind {
    TYPE,
    VALUE,
    LOOKUP,
    OVERFLOW,
    ZERO_DIVISION,
    UNDEFINED,
    RUNTIME,
    /** What the sandbox forbids. */
    SECURITY,
    /** {@code raise_exception}, called by the template. */
    RAISED,
    /** Valid in Jinja2, outside the subset of this engine. */
    UNSUPPORTED,
    /** The template did too much work. */
    LIMIT
  }

  private final Kind kind;

  PyError(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  static PyError type(String message) {
    return new PyError(Kind.TYPE, message);
  }

  static PyError value(String message) {
    return new PyError(Kind.VALUE, message);
  }

  static PyError lookup(String message) {
    return new PyError(Kind.LOOKUP, message);
  }

  static PyError unsupported(String message) {
    return new PyError(Kind.UNSUPPORTED, message);
  }
}
