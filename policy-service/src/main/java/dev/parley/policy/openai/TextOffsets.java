package dev.parley.policy.openai;

import dev.parley.model.text.TextStream;
import dev.parley.model.text.Tokenizer;
import java.util.List;
import java.util.Optional;

/**
 * Where in an answer's text its tokens begin, in Unicode code points, as Python counts. A token
 * that completes nothing begins where the next one does. For one thread.
 */
final class TextOffsets {

  private final Optional<TextStream> stream;
  private int codePoints;

  /**
   * Prepares.
   *
   * @param tokenizer the model's, if it has one; without it all offsets are the first
   * @param first where the first token begins
   * @param skipSpecialTokens whether special tokens are not in the text
   */
  TextOffsets(Optional<Tokenizer> tokenizer, int first, boolean skipSpecialTokens) {
    this.stream = tokenizer.map(present -> present.stream(List.of(), skipSpecialTokens));
    this.codePoints = first;
  }

  /** Returns where the next token begins. */
  int next(int token) {
    int begin = codePoints;
    stream.ifPresent(present -> codePoints += length(present.push(token).text()));
    return begin;
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
