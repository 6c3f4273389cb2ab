package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import java.util.List;
import java.util.Set;

/**
 * TRL's conversational demonstrations: {@code messages}. UltraChat's variant repeats one of the
 * user turns as {@code prompt}; the copies have to agree.
 */
final class MessagesShape implements RowShape {

  @Override
  public String name() {
    return "trl-messages";
  }

  @Override
  public Set<String> requires() {
    return Set.of("messages");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "completion", "chosen", "rejected", "conversations", "instruction", "label", "kto_tag");
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    List<ChatTurn> turns = row.turns("messages");
    if (row.has("prompt")) {
      String prompt = row.text("prompt").strip();
      if (turns.stream().noneMatch(turn -> turn.content().strip().equals(prompt))) {
        throw new InvalidExampleException(
            Defect.AMBIGUOUS_SHAPE,
            "'prompt' stands beside 'messages' and is none of its turns; expected a copy of a turn, or no 'prompt'");
      }
    }
    return new Demonstration(turns, row.origin());
  }
}
