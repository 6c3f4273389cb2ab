package dev.parley.policy.generation;

import dev.parley.model.text.TextStream;
import dev.parley.model.text.Tokenizer;
import java.util.List;
import java.util.Optional;

/** The text of one answer as it grows; always empty if the model has no tokenizer. */
final class AnswerText {

  private static final TextStream.Piece NOTHING = new TextStream.Piece("", Optional.empty());

  private final Optional<TextStream> stream;
  private final StringBuilder text = new StringBuilder();

  /**
   * Prepares.
   *
   * @param tokenizer the model's, if it has one
   * @param stopStrings texts that end the answer
   */
  AnswerText(Optional<Tokenizer> tokenizer, List<String> stopStrings) {
    this.stream = tokenizer.map(present -> present.stream(stopStrings, true));
  }

  /** Reads one more token; returns whether a stop string is complete. */
  boolean add(int token) {
    return keep(stream.map(present -> present.push(token)).orElse(NOTHING));
  }

  /** Lets go of what was held back, after the last token; returns as {@link #add}. */
  boolean end() {
    return keep(stream.map(TextStream::finish).orElse(NOTHING));
  }

  private boolean keep(TextStream.Piece piece) {
    text.append(piece.text());
    return piece.stop().isPresent();
  }

  /** Returns the number of characters that are certain. */
  int length() {
    return text.length();
  }

  /** Returns what has become certain since there were some characters. */
  String since(int characters) {
    return text.substring(characters);
  }

  /** Returns all that is certain. */
  String soFar() {
    return text.toString();
  }
}
