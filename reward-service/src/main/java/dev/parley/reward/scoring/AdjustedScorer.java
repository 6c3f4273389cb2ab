package dev.parley.reward.scoring;

import dev.parley.reward.scoring.Parts.Part;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Another scorer's value on another scale: per unit of length, whitened, and capped, in this order.
 *
 * <pre>
 * value = max(lowest, min(highest, (part / length − mean) / deviation))
 * </pre>
 */
final class AdjustedScorer implements Scorer {

  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final String LENGTH = "length";

  /** What the value is divided by. */
  enum Per {
    /** Nothing. */
    ANSWER,
    /** The number of words, at least 1. */
    WORD,
    /** The number of Unicode code points, at least 1. */
    CHARACTER
  }

  private final Parts part;
  private final Per per;
  private final double mean;
  private final double deviation;
  private final OptionalDouble lowest;
  private final OptionalDouble highest;
  private final String configuration;

  private AdjustedScorer(ScorerSettings settings, Surroundings surroundings) {
    String name = settings.text("of", "the name of another scorer").strip();
    settings.require(!name.equals(LENGTH), "of", name, "another name: so is a component");
    part = new Parts(List.of(new Part(name, surroundings.others().find(name, settings.key("of")))));
    per = settings.choice("per", Per.ANSWER);
    mean = settings.number("mean", 0.0);
    deviation = settings.number("deviation", 1.0);
    settings.require(deviation > 0, "deviation", deviation, "more than 0");
    lowest = settings.number("lowest");
    highest = settings.number("highest");
    settings.require(
        lowest.orElse(Double.NEGATIVE_INFINITY) < highest.orElse(Double.POSITIVE_INFINITY),
        "lowest",
        lowest.orElse(0),
        "less than highest");
    configuration = settings.digest();
  }

  static AdjustedScorer of(ScorerSettings settings, Surroundings surroundings) {
    return new AdjustedScorer(settings, surroundings);
  }

  @Override
  public void load() {
    part.load();
  }

  @Override
  public String version() {
    return part.version(configuration);
  }

  @Override
  public List<String> components() {
    List<String> names = new ArrayList<>(part.components());
    if (per != Per.ANSWER) {
      names.add(LENGTH);
    }
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    List<List<Verdict>> verdicts = part.score(items);
    return IntStream.range(0, items.size())
        .mapToObj(i -> adjusted(items.get(i), verdicts.get(i)))
        .toList();
  }

  private Verdict adjusted(Item item, List<Verdict> verdicts) {
    Verdict verdict = verdicts.get(0);
    if (!verdict.ok()) {
      return Verdict.failed(String.join("; ", part.failures(verdicts)));
    }
    Map<String, Double> components = part.components(verdicts);
    double value = verdict.value();
    if (per != Per.ANSWER) {
      Optional<String> answer = item.content().answer();
      if (answer.isEmpty()) {
        return Verdict.failed(
            "per=%s counts the answer's text, and the item has none; send texts or a conversation"
                .formatted(per == Per.WORD ? "word" : "character"));
      }
      long length = Math.max(1, length(answer.get()));
      components.put(LENGTH, (double) length);
      value /= length;
    }
    double whitened = (value - mean) / deviation;
    return part.composed(
        Math.max(
            lowest.orElse(Double.NEGATIVE_INFINITY),
            Math.min(highest.orElse(Double.POSITIVE_INFINITY), whitened)),
        components,
        verdicts);
  }

  private long length(String answer) {
    return per == Per.WORD
        ? WORD.matcher(answer).results().count()
        : answer.codePointCount(0, answer.length());
  }

  @Override
  public void close() {
    part.close();
  }
}
