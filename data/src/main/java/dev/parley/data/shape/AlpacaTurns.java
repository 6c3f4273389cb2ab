package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import java.util.ArrayList;
import java.util.List;

/**
 * The prompt of an Alpaca row: {@code system} and {@code history} if they are there, then {@code
 * instruction} with {@code input} below it. LLaMA-Factory joins the two with a line feed (its data
 * README, "Alpaca format"); so does Parley, since the original "### Instruction:" headings belong
 * to one model's template.
 */
final class AlpacaTurns {

  private AlpacaTurns() {}

  static List<ChatTurn> prompt(RowFields row) {
    row.requireTextOnly();
    List<ChatTurn> turns = new ArrayList<>();
    row.optionalText("system")
        .filter(text -> !text.isBlank())
        .ifPresent(text -> turns.add(ChatTurn.system(text)));
    turns.addAll(row.history("history"));
    String input = row.optionalText("input").orElse("");
    String instruction = row.text("instruction");
    turns.add(ChatTurn.user(input.isBlank() ? instruction : instruction + "\n" + input));
    return turns;
  }
}
