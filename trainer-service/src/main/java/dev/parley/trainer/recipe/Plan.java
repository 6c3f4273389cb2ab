package dev.parley.trainer.recipe;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run would do, for a person to read before starting it.
 *
 * @param lines facts with their names, in reading order
 */
public record Plan(List<Line> lines) {

  /** A fact. */
  public record Line(String name, String value) {}

  /** Copies the list. */
  public Plan {
    lines = List.copyOf(lines);
  }

  /** Starts a plan. */
  public static Plan empty() {
    return new Plan(List.of());
  }

  /** Adds a fact. */
  public Plan with(String name, Object value) {
    List<Line> more = new ArrayList<>(lines);
    more.add(new Line(name, String.valueOf(value)));
    return new Plan(more);
  }

  @Override
  public String toString() {
    int width = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append("  ").append(line.name()).append(" ".repeat(width - line.name().length() + 2));
      text.append(line.value()).append('\n');
    }
    return text.toString();
  }
}
