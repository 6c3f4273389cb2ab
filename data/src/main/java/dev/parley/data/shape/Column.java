package dev.parley.data.shape;

/**
 * A field that a written row may have: tables name theirs before the first row.
 *
 * @param name the key
 * @param type what it holds
 */
public record Column(String name, Type type) {

  /** What a column holds. */
  public enum Type {
    /** Text. */
    TEXT,
    /** A list of turns, {@code {"role": …, "content": …}}. */
    TURNS,
    /** A number. */
    NUMBER,
    /** True or false. */
    FLAG,
    /** Texts by name. */
    TEXTS
  }

  static Column text(String name) {
    return new Column(name, Type.TEXT);
  }

  static Column turns(String name) {
    return new Column(name, Type.TURNS);
  }
}
