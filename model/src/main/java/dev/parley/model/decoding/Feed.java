package dev.parley.model.decoding;

import java.util.Optional;

/**
 * The next tokens of one sequence.
 *
 * @param row the sequence's row, which has read all tokens before
 * @param tokens to be read, at least one
 * @param draw how to draw a token after the last of them; empty if more of the prompt is to come
 */
public record Feed(DecodeEngine.Row row, int[] tokens, Optional<Draw> draw) {

  /** Checks that there is a token. */
  public Feed {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a step needs a token to read");
    }
  }
}
