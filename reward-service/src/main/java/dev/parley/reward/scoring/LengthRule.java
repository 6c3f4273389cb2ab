package dev.parley.reward.scoring;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Likes answers of a given length: 0 inside the band, minus a penalty for each unit outside it.
 *
 * @param unit what is counted
 * @param shortest length of the band
 * @param longest length of the band
 * @param penalty per unit outside, more than 0
 * @param lowest the value does not fall below it
 */
record LengthRule(Unit unit, int shortest, int longest, double penalty, OptionalDouble lowest)
    implements Rule {

  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final String LENGTH = "length";

  /** What is counted. */
  enum Unit {
    /** Unicode code points. */
    CHARACTERS,
    /** Runs of characters that are no white space. */
    WORDS
  }

  static LengthRule of(ScorerSettings settings) {
    Unit unit = settings.choice("unit", Unit.class);
    OptionalInt target = settings.count("target");
    OptionalInt shortest = settings.count("shortest");
    OptionalInt longest = settings.count("longest");
    if (target.isPresent() == (shortest.isPresent() || longest.isPresent())) {
      throw new IllegalArgumentException(
          "expected either "
              + settings.key("target")
              + ", or "
              + settings.key("shortest")
              + " or "
              + settings.key("longest")
              + " or both");
    }
    int from = target.orElse(shortest.orElse(0));
    int to = target.orElse(longest.orElse(Integer.MAX_VALUE));
    settings.require(from <= to, "shortest", from, "at most longest, which is " + to);
    double penalty = settings.number("penalty", "how much each unit outside the band costs");
    settings.require(penalty > 0, "penalty", penalty, "more than 0");
    OptionalDouble lowest = settings.number("lowest");
    lowest.ifPresent(value -> settings.require(value < 0, "lowest", value, "less than 0"));
    return new LengthRule(unit, from, to, penalty, lowest);
  }

  @Override
  public Verdict judge(String answer, Item item) {
    long length =
        switch (unit) {
          case CHARACTERS -> answer.codePointCount(0, answer.length());
          case WORDS -> WORD.matcher(answer).results().count();
        };
    long outside = Math.max(0, Math.max(shortest - length, length - longest));
    double value = -penalty * outside;
    // Minus zero would read as a penalty.
    double bounded = outside == 0 ? 0 : Math.max(value, lowest.orElse(Double.NEGATIVE_INFINITY));
    return Verdict.of(bounded, Map.of(LENGTH, (double) length));
  }

  @Override
  public List<String> components() {
    return List.of(LENGTH);
  }
}
