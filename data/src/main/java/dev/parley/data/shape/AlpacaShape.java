package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import java.util.List;
import java.util.Set;

/**
 * Stanford Alpaca's demonstrations: {@code instruction}, {@code input} (may be empty), {@code
 * output}.
 */
final class AlpacaShape implements RowShape {

  @Override
  public String name() {
    return "alpaca";
  }

  @Override
  public Set<String> requires() {
    return Set.of("instruction", "output");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "prompt", "completion", "chosen", "rejected", "messages", "conversations", "kto_tag");
  }

  @Override
  public Example read(RowFields row) {
    List<ChatTurn> turns = AlpacaTurns.prompt(row);
    turns.add(ChatTurn.assistant(row.text("output")));
    return new Demonstration(turns, row.origin());
  }
}
