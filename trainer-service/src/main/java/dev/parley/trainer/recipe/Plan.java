package dev.parley.trainer.recipe;

import dev.parley.trainer.memory.MemoryPrediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /** Adds what a person should think about before starting, if there is such. */
  public Plan warning(Optional<String> text) {
    return text.map(words -> with("warning", words)).orElse(this);
  }

  /** Adds what a run's memory is for. */
  public Plan with(MemoryPrediction memory) {
    Plan plan = with("memory", "at most about " + MemoryPrediction.megabytes(memory.bytes()));
    for (MemoryPrediction.Part part : memory.parts()) {
      plan = plan.with("  " + part.name(), MemoryPrediction.megabytes(part.bytes()));
    }
    return plan;
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
