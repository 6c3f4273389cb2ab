package dev.parley.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A conversation whose assistant turns are worth imitating.
 *
 * @param conversation the turns, oldest first
 * @param source where it comes from: a dataset, a person, a model with its version
 */
public record Demonstration(List<ChatTurn> conversation, String source) implements Example {

  /**
   * Checks and copies the turns.
   *
   * @throws InvalidExampleException if no assistant turn with text answers an earlier turn
   */
  public Demonstration {
    conversation = List.copyOf(conversation);
    int answer = lastAnswer(conversation);
    if (answer < 0) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION,
          "the conversation of %d turns has no assistant turn; expected one to imitate"
              .formatted(conversation.size()));
    }
    if (conversation.get(answer).content().isBlank()) {
      throw new InvalidExampleException(
          Defect.EMPTY, "the last assistant turn is empty; expected an answer to imitate");
    }
    Turns.requirePrompt(conversation.subList(0, answer));
  }

  /** The turns before the last assistant turn. */
  @Override
  public List<ChatTurn> prompt() {
    return conversation.subList(0, lastAnswer(conversation));
  }

  /** The last assistant turn's text. */
  public String answer() {
    return conversation.get(lastAnswer(conversation)).content();
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt(), Optional.of(answer()), Map.of());
  }

  @Override
  public String kind() {
    return "demonstration";
  }

  private static int lastAnswer(List<ChatTurn> turns) {
    for (int i = turns.size() - 1; i >= 0; i--) {
      if (turns.get(i).isAssistant()) {
        return i;
      }
    }
    return -1;
  }
}
