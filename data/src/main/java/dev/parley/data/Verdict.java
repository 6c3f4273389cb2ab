package dev.parley.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One answer to a prompt, and whether somebody found it good: a thumb up or down.
 *
 * @param prompt the turns that are answered
 * @param answer the answer's turns
 * @param desirable whether the answer was found good
 */
public record Verdict(List<ChatTurn> prompt, List<ChatTurn> answer, boolean desirable)
    implements Example {

  /**
   * Checks and copies the turns.
   *
   * @throws InvalidExampleException if the turns do not make a prompt with an answer
   */
  public Verdict {
    prompt = List.copyOf(prompt);
    answer = List.copyOf(answer);
    Turns.requirePrompt(prompt);
    Turns.requireAnswer("the answer", answer);
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt, Optional.empty(), Map.of());
  }

  @Override
  public String kind() {
    return "verdict";
  }
}
