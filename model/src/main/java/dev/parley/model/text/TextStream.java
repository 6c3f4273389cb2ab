package dev.parley.model.text;

import java.util.List;
import java.util.Optional;

/**
 * Text as it is generated. Each token gives the text that is now certain: half a character, a run
 * of byte tokens and whatever may still become a stop string are held back. All pieces together are
 * {@link Tokenizer#decode} of all ids, up to a stop string. The cost of a token does not depend on
 * how many came before. For one thread.
 */
public final class TextStream {
  /**
   * @param text what became certain; may be empty
   * @param stop the stop string that was found; the text ends right before it
   */
  public record Piece(String text, Optional<String> stop) {}

  private final Vocabulary vocabulary;
  private final TokenDecoder decoder;
  private final List<String> stopStrings;
  private final boolean skipSpecialTokens;
  private final StringBuilder held = new StringBuilder();
  private Optional<String> stop = Optional.empty();
  private boolean finished;

  TextStream(
      Vocabulary vocabulary,
      TokenDecoder decoder,
      List<String> stopStrings,
      boolean skipSpecialTokens) {
    this.vocabulary = vocabulary;
    this.decoder = decoder;
    this.stopStrings = List.copyOf(stopStrings);
    this.skipSpecialTokens = skipSpecialTokens;
    if (this.stopStrings.contains("")) {
      throw new IllegalArgumentException("a stop string is empty; leave it out");
    }
  }

  /**
   * The text that becomes certain with this token.
   *
   * @throws IllegalStateException after a stop string or after {@link #finish}
   */
  public Piece push(int id) {
    if (stop.isPresent() || finished) {
      throw new IllegalStateException(
          stop.isPresent() ? "the stream ended at '" + stop.get() + "'" : "the stream is finished");
    }
    String token = vocabulary.token(id);
    if (token == null || skipSpecialTokens && vocabulary.isSpecial(token)) {
      return new Piece("", Optional.empty());
    }
    return piece(decoder.accept(token), false);
  }

  /** The text that was held back, once there are no more tokens. */
  public Piece finish() {
    String rest = finished || stop.isPresent() ? "" : decoder.end();
    finished = true;
    return stop.isPresent() ? new Piece("", stop) : piece(rest, true);
  }

  /**
   * The first stop string to be complete ends the text, character by character, wherever tokens
   * begin and end; of several that end at the same character, the longest.
   */
  private Piece piece(String text, boolean last) {
    for (int i = 0; i < text.length(); i++) {
      held.append(text.charAt(i));
      Optional<String> found = longestStopAtEnd();
      if (found.isPresent()) {
        stop = found;
        String before = held.substring(0, held.length() - found.get().length());
        held.setLength(0);
        return new Piece(before, found);
      }
    }
    int kept = last ? 0 : longestStopBeginning();
    String certain = held.substring(0, held.length() - kept);
    held.delete(0, certain.length());
    return new Piece(certain, Optional.empty());
  }

  private Optional<String> longestStopAtEnd() {
    Optional<String> longest = Optional.empty();
    for (String candidate : stopStrings) {
      boolean longer = longest.isEmpty() || candidate.length() > longest.get().length();
      if (longer && endsWith(candidate, candidate.length())) {
        longest = Optional.of(candidate);
      }
    }
    return longest;
  }

  /** How many characters at the end of the text may be the beginning of a stop string. */
  private int longestStopBeginning() {
    int longest = 0;
    for (String candidate : stopStrings) {
      for (int length = candidate.length() - 1; length > longest; length--) {
        if (endsWith(candidate, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /** Whether the held text ends with the first {@code length} characters of {@code candidate}. */
  private boolean endsWith(String candidate, int length) {
    int start = held.length() - length;
    if (start < 0) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != candidate.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
