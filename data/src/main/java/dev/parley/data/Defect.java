package dev.parley.data;

/** Why a row cannot be used. Bad rows are counted by these names. */
public enum Defect {
  /** The line is not one JSON value. */
  NOT_JSON("not JSON"),
  /** The bytes are not UTF-8, or the text holds half a character. */
  NOT_UTF8("not UTF-8 text"),
  /** The line is JSON, but not an object. */
  NOT_AN_OBJECT("not a JSON object"),
  /** The line is longer than a row can be. */
  TOO_LONG("line too long"),
  /** A record of a table has more or fewer cells than the header. */
  WRONG_CELLS("wrong number of cells"),
  /** No shape has these keys. */
  UNKNOWN_SHAPE("unknown shape"),
  /** Several shapes have these keys. */
  AMBIGUOUS_SHAPE("ambiguous shape"),
  /** A shape that is known, and not read. */
  UNSUPPORTED("not supported"),
  /** A field that the shape needs is absent. */
  MISSING_FIELD("missing field"),
  /** A field has another type than its shape says. */
  WRONG_TYPE("wrong type"),
  /** A field has the right type and a value that means nothing. */
  WRONG_VALUE("wrong value"),
  /** A turn's role is none that is known. */
  UNKNOWN_ROLE("unknown role"),
  /** Something that has to hold text is empty. */
  EMPTY("empty text"),
  /** The turns do not make a conversation. */
  BROKEN_CONVERSATION("broken conversation"),
  /** Chosen and rejected do not continue the same prompt. */
  DIFFERENT_PROMPTS("chosen and rejected answer different prompts"),
  /** Chosen and rejected are the same. */
  SAME_ANSWERS("chosen and rejected are the same"),
  /** The row is fine, but another kind of example was asked for. */
  WRONG_KIND("another kind of example"),
  /** The row is fine, but a model's template or length has no room for it. */
  UNFIT("not for this model");

  private final String label;

  Defect(String label) {
    this.label = label;
  }

  /** The defect in words, for tables and messages. */
  public String label() {
    return label;
  }
}
