package dev.parley.judge.constitution;

/**
 * One principle, in the three forms in which a model meets it.
 *
 * @param critique asks what is wrong with an answer
 * @param revision asks for a better one
 * @param comparison says which of two answers to choose
 */
public record Principle(String critique, String revision, String comparison) {

  /** Refuses what says nothing. */
  public Principle {
    if (critique.isBlank() || revision.isBlank() || comparison.isBlank()) {
      throw new IllegalArgumentException("a principle has an empty text; expected a sentence");
    }
  }

  /** A principle that is one sentence: "Be honest about what you do not know." */
  static Principle ofSentence(String sentence) {
    return new Principle(
        "Say in which ways the assistant's last answer goes against this principle, or that it does"
            + " not: "
            + sentence,
        "Rewrite the assistant's last answer so that it follows this principle, and change nothing"
            + " else. Give the new answer alone. The principle: "
            + sentence,
        "Choose the answer that follows this principle better: " + sentence);
  }

  /** A principle that is given as requests alone. */
  static Principle ofRequests(String critique, String revision) {
    return new Principle(
        critique, revision, "Choose the answer that has less need of this: " + revision);
  }
}
