package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Verdict;
import java.util.List;
import java.util.Set;

/**
 * Answers with a verdict each, as TRL and LLaMA-Factory write them for KTO: {@code prompt} and
 * {@code completion}, {@code messages}, {@code conversations}, or {@code instruction} and {@code
 * output}, with {@code label} or {@code kto_tag}. The verdict is on the last answer.
 */
final class UnpairedShape implements RowShape {

  private static final Set<String> ANSWERS =
      Set.of("messages", "conversations", "completion", "output");

  @Override
  public String name() {
    return "unpaired";
  }

  @Override
  public Set<String> requires() {
    return Set.of("label");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("chosen", "rejected", "output_1", "output_2");
  }

  @Override
  public boolean matches(RowFields row) {
    boolean tagged = row.has("kto_tag");
    boolean labelled = row.has("label") && !(row.has("instruction") && row.has("output"));
    return (tagged || labelled)
        && ANSWERS.stream().anyMatch(row::has)
        && excludes().stream().noneMatch(row::has);
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    boolean desirable = row.verdict(row.has("kto_tag") ? "kto_tag" : "label");
    if (row.has("completion")) {
      return new Verdict(row.promptTurns("prompt"), row.answerTurns("completion"), desirable);
    }
    if (row.has("output")) {
      return new Verdict(AlpacaTurns.prompt(row), row.answerTurns("output"), desirable);
    }
    List<ChatTurn> turns =
        row.has("messages") ? row.turns("messages") : ShareGptTurns.conversation(row);
    int last = turns.size() - 1;
    if (last < 1 || !turns.get(last).isAssistant()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION,
          "the conversation of %d turns does not end with an answer of the assistant's; expected one, which the verdict is on"
              .formatted(turns.size()));
    }
    return new Verdict(turns.subList(0, last), turns.subList(last, last + 1), desirable);
  }
}
