package dev.parley.judge.verdict;

import dev.parley.judge.chat.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What was asked, for a judge's prompt.
 *
 * @param prompt the turns that are answered
 * @param reference a right answer to compare with
 * @param principle what to judge by
 */
public record Exchange(
    List<Message> prompt, Optional<String> reference, Optional<String> principle) {

  /** Copies the turns. */
  public Exchange {
    prompt = List.copyOf(prompt);
    if (prompt.isEmpty()) {
      throw new IllegalArgumentException("there is nothing that was asked; expected a turn");
    }
  }

  /** Turns without reference or principle. */
  public static Exchange of(List<Message> prompt) {
    return new Exchange(prompt, Optional.empty(), Optional.empty());
  }

  /**
   * The values of a prompt's placeholders, see {@link JudgePrompt}.
   *
   * @param answers turns of each answer, by what follows "answer" in the placeholder: "", "_a"
   */
  Map<String, String> values(Map<String, List<Message>> answers) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("question", text(prompt, "user"));
    number(values, "question", prompt, "user");
    answers.forEach(
        (suffix, turns) -> {
          values.put("answer" + suffix, text(turns, "assistant"));
          List<Message> whole = new ArrayList<>(prompt);
          whole.addAll(turns);
          number(values, "answer" + suffix, whole, "assistant");
        });
    reference.ifPresent(
        text -> {
          values.put("reference", text);
          values.put("ref_answer", text);
          values.put("ref_answer_1", text);
        });
    principle.ifPresent(text -> values.put("principle", text));
    return values;
  }

  private static void number(
      Map<String, String> values, String name, List<Message> turns, String role) {
    int count = 0;
    for (Message turn : turns) {
      if (turn.role().equals(role)) {
        values.put(name + "_" + ++count, turn.content());
      }
    }
  }

  /** One turn of the usual speaker as it is; a dialogue with the speakers' names. */
  private static String text(List<Message> turns, String usual) {
    if (turns.size() == 1 && turns.get(0).role().equals(usual)) {
      return turns.get(0).content();
    }
    return transcript(turns);
  }

  /** A dialogue as text: {@code User: …}, an empty line, {@code Assistant: …}. */
  public static String transcript(List<Message> turns) {
    return turns.stream()
        .map(
            turn ->
                "%s%s: %s"
                    .formatted(
                        turn.role().substring(0, 1).toUpperCase(Locale.ROOT),
                        turn.role().substring(1),
                        turn.content()))
        .collect(Collectors.joining("\n\n"));
  }
}
