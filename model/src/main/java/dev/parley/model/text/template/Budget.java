package dev.parley.model.text.template;

/**
 * What one rendering may cost. A template comes with a downloaded model, so it is not trusted to
 * end: every evaluated node and every element taken from an iterable is a step, and every character
 * of every string that is made counts, whether it is printed or not.
 */
final class Budget {
  /** A template of 100 lines over 1,000 messages takes some 100,000 steps. */
  static final long MAX_STEPS = 10_000_000;

  /** Half a gibibyte of UTF-16 if all of it were kept. */
  static final long MAX_CHARACTERS = 1L << 28;

  private long steps;
  private long characters;

  void step() {
    steps(1);
  }

  void steps(long count) {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new PyError(
          PyError.Kind.LIMIT,
          "the template takes more than " + MAX_STEPS + " steps; does it loop without end?");
    }
  }

  /** Announces a string before it is made. */
  void characters(long count) {
    characters += count;
    if (characters > MAX_CHARACTERS) {
      throw new PyError(
          PyError.Kind.LIMIT,
          "the template makes more than "
              + MAX_CHARACTERS
              + " characters of text; does a string grow in a loop?");
    }
  }

  /** Announces a string that was made, of a size that its inputs bound. */
  String made(String text) {
    characters(text.length());
    return text;
  }

  /** Announces a list of {@code size} elements before it is made. */
  void elements(long size) {
    steps(size);
  }
}
