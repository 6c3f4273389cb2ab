package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.PromptRow;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * MT-Bench's questions: {@code turns}, what the user says one after the other, and sometimes a
 * {@code reference} per turn. The first turn is the prompt; the others can only be asked once there
 * is an answer, so they are kept as the metadata {@code turn_2}, {@code reference_2} and so on.
 */
final class MtBenchShape implements RowShape {

  @Override
  public String name() {
    return "mt-bench";
  }

  @Override
  public Set<String> requires() {
    return Set.of("turns");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "chosen", "rejected", "messages", "conversations", "instruction");
  }

  @Override
  public Example read(RowFields row) {
    List<String> turns = row.texts("turns");
    if (turns.isEmpty()) {
      throw new InvalidExampleException(
          Defect.EMPTY, "'turns' is an empty list; expected what the user says");
    }
    List<String> references = row.has("reference") ? row.texts("reference") : List.of();
    Map<String, String> metadata = row.allExcept(Set.of("turns", "reference"));
    for (int i = 1; i < turns.size(); i++) {
      metadata.put("turn_" + (i + 1), turns.get(i));
    }
    for (int i = 1; i < references.size(); i++) {
      metadata.put("reference_" + (i + 1), references.get(i));
    }
    return new PromptRow(
        List.of(ChatTurn.user(turns.get(0))), references.stream().findFirst(), metadata);
  }
}
