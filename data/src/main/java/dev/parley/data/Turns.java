package dev.parley.data;

import java.util.List;

/** The checks that the records share. */
final class Turns {

  private Turns() {}

  /** Turns that an answer can follow: at least one, and the last one not the model's. */
  static void requirePrompt(List<ChatTurn> prompt) {
    if (prompt.isEmpty()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION, "the prompt has no turns; expected at least one user turn");
    }
    ChatTurn last = prompt.get(prompt.size() - 1);
    if (last.isAssistant()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION,
          "the prompt ends with an assistant turn; expected that its last turn is one to answer");
    }
    if (prompt.stream().allMatch(turn -> turn.content().isBlank())) {
      throw new InvalidExampleException(
          Defect.EMPTY, "the prompt holds no text; expected a turn with something to answer");
    }
  }

  /** Turns that answer a prompt: the model's first, the model's last. */
  static void requireAnswer(String name, List<ChatTurn> answer) {
    if (answer.isEmpty()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION, name + " has no turns; expected an assistant turn");
    }
    for (ChatTurn edge : List.of(answer.get(0), answer.get(answer.size() - 1))) {
      if (!edge.isAssistant()) {
        throw new InvalidExampleException(
            Defect.BROKEN_CONVERSATION,
            "%s starts or ends with a %s turn; expected that its first and last turns are the assistant's"
                .formatted(name, edge.role()));
      }
    }
  }

  /** Text that can be written as UTF-8: JSON's escapes can also say half of a character. */
  static void requireWholeCharacters(String where, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new InvalidExampleException(
            Defect.NOT_UTF8,
            "%s holds half of a surrogate pair (U+%04X at character %d); expected whole characters"
                .formatted(where, (int) c, i + 1));
      }
    }
  }
}
