package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** TRL's demonstrations in two parts: {@code prompt} and {@code completion}, each text or turns. */
final class PromptCompletionShape implements RowShape {

  @Override
  public String name() {
    return "trl-prompt-completion";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt", "completion");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "chosen", "rejected", "messages", "conversations", "instruction", "label", "kto_tag");
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    List<ChatTurn> turns = new ArrayList<>(row.promptTurns("prompt"));
    turns.addAll(row.answerTurns("completion"));
    return new Demonstration(turns, row.origin());
  }
}
