package dev.parley.policy.generation;

/** Turns the tokens of one answer into text as they come, and looks for stop strings in it. */
public interface AnswerText {

  /**
   * Text that became final.
   *
   * @param text the text, without a stop string; empty while a character or what may become a stop
   *     string is incomplete
   * @param stopped whether a stop string was found
   */
  record Piece(String text, boolean stopped) {}

  /**
   * Reads one more token.
   *
   * @param token the token
   * @param mayStop whether a stop string that is complete now ends the answer
   */
  Piece add(int token, boolean mayStop);

  /** Returns what was held back, after the last token. */
  String end();
}
