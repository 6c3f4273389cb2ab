package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import java.util.ArrayList;
import java.util.List;

/**
 * The turns of a ShareGPT row: {@code conversations}, below the {@code system} field if there is
 * one.
 */
final class ShareGptTurns {

  private ShareGptTurns() {}

  static List<ChatTurn> conversation(RowFields row) {
    row.requireTextOnly();
    List<ChatTurn> turns = new ArrayList<>();
    row.optionalText("system")
        .filter(text -> !text.isBlank())
        .ifPresent(text -> turns.add(ChatTurn.system(text)));
    turns.addAll(row.turns("conversations"));
    return turns;
  }
}
