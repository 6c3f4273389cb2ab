package dev.parley.data.summary;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * How long prompts and answers are, by some measure of a text. Memory: four bytes a text, and eight
 * a pair.
 */
public final class LengthTable {

  /** The parts of rows, in order. */
  public static final List<String> PARTS = List.of("prompt", "answer", "chosen", "rejected");

  private final ToIntFunction<String> measure;
  private final Map<String, LengthCounter> counters = new LinkedHashMap<>();

  /**
   * Lengths of one part.
   *
   * @param lengths in numbers
   * @param histogram as bins
   */
  public record Part(Lengths lengths, Histogram histogram) {}

  /**
   * An empty table.
   *
   * @param measure the length of a text
   */
  public LengthTable(ToIntFunction<String> measure) {
    this.measure = measure;
    PARTS.forEach(part -> counters.put(part, new LengthCounter()));
  }

  /** Adds a row. */
  public void add(Example example) {
    add("prompt", example.prompt());
    if (example instanceof Demonstration demonstration) {
      counters.get("answer").add(measure.applyAsInt(demonstration.answer()));
    } else if (example instanceof Preference pair) {
      add("chosen", pair.chosen());
      add("rejected", pair.rejected());
    } else if (example instanceof Ranking ranking) {
      ranking.answers().forEach(answer -> add("answer", answer));
    } else if (example instanceof Rating rating) {
      add("answer", rating.answer());
    } else if (example instanceof Verdict verdict) {
      add("answer", verdict.answer());
    } else if (example instanceof Solution solution) {
      counters.get("answer").add(measure.applyAsInt(solution.answer("")));
    }
  }

  private void add(String part, List<ChatTurn> turns) {
    counters
        .get(part)
        .add(turns.stream().mapToInt(turn -> measure.applyAsInt(turn.content())).sum());
  }

  /** The parts that some row has, in order. */
  public Map<String, Part> parts() {
    Map<String, Part> parts = new LinkedHashMap<>();
    counters.forEach(
        (name, counter) -> {
          Lengths lengths = counter.summary();
          if (lengths.count() > 0) {
            parts.put(name, new Part(lengths, counter.histogram()));
          }
        });
    return parts;
  }
}
