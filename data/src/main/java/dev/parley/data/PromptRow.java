package dev.parley.data;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Something to answer.
 *
 * @param prompt the turns so far; the last one is to be answered
 * @param referenceAnswer what a verifier compares answers with: the right result of a sum, for one
 * @param metadata free fields that scorers may read, in the order of their names
 */
public record PromptRow(
    List<ChatTurn> prompt, Optional<String> referenceAnswer, Map<String, String> metadata)
    implements Example {

  /**
   * Checks and copies.
   *
   * @throws InvalidExampleException if the turns do not make a prompt
   */
  public PromptRow {
    prompt = List.copyOf(prompt);
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    Turns.requirePrompt(prompt);
    referenceAnswer.ifPresent(
        answer -> Turns.requireWholeCharacters("the reference answer", answer));
    metadata.forEach((key, value) -> Turns.requireWholeCharacters("metadata " + key, value));
  }

  /** A prompt and nothing else. */
  public static PromptRow of(ChatTurn... prompt) {
    return new PromptRow(List.of(prompt), Optional.empty(), Map.of());
  }

  @Override
  public PromptRow asPrompt() {
    return this;
  }

  @Override
  public String kind() {
    return "prompt";
  }
}
