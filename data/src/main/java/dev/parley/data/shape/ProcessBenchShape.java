package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Solution;
import java.util.List;
import java.util.Set;

/**
 * ProcessBench's rows: {@code problem}, {@code steps}, and {@code label}, the index of the first
 * wrong step, or -1. Steps after it are not labelled.
 */
final class ProcessBenchShape implements RowShape {

  @Override
  public String name() {
    return "process-bench";
  }

  @Override
  public Set<String> requires() {
    return Set.of("problem", "steps", "label");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "chosen", "rejected", "messages", "conversations", "completion");
  }

  @Override
  public Example read(RowFields row) {
    List<String> steps = row.texts("steps");
    double label = row.optionalNumber("label").orElseThrow();
    if (label != Math.rint(label) || label < -1 || label >= steps.size()) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "'label' is %s; expected the index of one of the %d steps, or -1"
              .formatted(label, steps.size()));
    }
    return new Solution(
        List.of(ChatTurn.user(row.text("problem"))),
        StepList.upToTheFirstWrong(steps, (int) label));
  }
}
