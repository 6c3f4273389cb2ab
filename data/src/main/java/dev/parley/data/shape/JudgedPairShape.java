package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * LLMBar's pairs: {@code input}, {@code output_1}, {@code output_2}, and {@code label}, 1 or 2, for
 * the better one.
 */
final class JudgedPairShape implements RowShape {

  @Override
  public String name() {
    return "judged-pair";
  }

  @Override
  public Set<String> requires() {
    return Set.of("input", "output_1", "output_2", "label");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "chosen", "rejected", "messages", "conversations", "instruction");
  }

  @Override
  public Example read(RowFields row) {
    OptionalDouble label = row.optionalNumber("label");
    boolean first = label.orElseThrow() == 1;
    if (!first && label.getAsDouble() != 2) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "'label' is %s; expected 1 or 2, the number of the better output"
              .formatted(label.getAsDouble()));
    }
    return new Preference(
        List.of(ChatTurn.user(row.text("input"))),
        row.answerTurns(first ? "output_1" : "output_2"),
        row.answerTurns(first ? "output_2" : "output_1"),
        OptionalDouble.empty(),
        false,
        PreferenceSource.UNKNOWN,
        "");
  }
}
