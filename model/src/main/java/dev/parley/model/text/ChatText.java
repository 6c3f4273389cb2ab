package dev.parley.model.text;

import java.util.List;

/**
 * A conversation as the text that a model reads.
 *
 * @param text the whole text
 * @param assistantSpans the parts of it that the assistant wrote, with the token that ends its
 *     turn, in order
 */
public record ChatText(String text, List<Span> assistantSpans) {
  public ChatText {
    assistantSpans = List.copyOf(assistantSpans);
  }
}
