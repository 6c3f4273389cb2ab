package dev.parley.data.shape;

import dev.parley.data.Example;
import dev.parley.data.Solution;
import java.util.Set;

/**
 * TRL's stepwise supervision: {@code prompt}, {@code steps} (or {@code completions}), and as many
 * {@code labels}, each true, false, a number from 0 to 1, or null.
 */
final class StepLabelsShape implements RowShape {

  @Override
  public String name() {
    return "step-labels";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt", "labels");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("completion", "chosen", "rejected", "messages", "conversations", "response");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row) && row.has("steps") != row.has("completions");
  }

  @Override
  public Example read(RowFields row) {
    return new Solution(
        row.promptTurns("prompt"),
        StepList.of(
            row.texts(row.has("steps") ? "steps" : "completions"), row.labels("labels"), "labels"));
  }
}
