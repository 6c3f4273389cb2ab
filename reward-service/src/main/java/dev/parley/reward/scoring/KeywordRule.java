package dev.parley.reward.scoring;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Adds up the weights of the words that an answer holds.
 *
 * @param words weight of each word, or phrase, by the pattern that finds it
 * @param count whether a word counts once or every time
 */
record KeywordRule(Map<Pattern, Double> words, Count count) implements Rule {

  private static final String MATCHES = "matches";

  /** How often a word counts. */
  enum Count {
    /** Once, however often it is there: an answer cannot earn more by repeating itself. */
    ONCE,
    /** Every time. */
    EVERY
  }

  static KeywordRule of(ScorerSettings settings) {
    boolean wholeWord = settings.flag("whole-word", true);
    boolean caseSensitive = settings.flag("case-sensitive", false);
    Count count = settings.choice("count", Count.ONCE);
    Map<Pattern, Double> words = new LinkedHashMap<>();
    settings
        .numbers("words", "the weight of a word")
        .forEach((word, weight) -> words.put(pattern(word, wholeWord, caseSensitive), weight));
    return new KeywordRule(words, count);
  }

  private static Pattern pattern(String word, boolean wholeWord, boolean caseSensitive) {
    String quoted = Pattern.quote(word);
    // \b knows no letters beyond ASCII.
    String bounded = wholeWord ? "(?<![\\p{L}\\p{N}_])" + quoted + "(?![\\p{L}\\p{N}_])" : quoted;
    int flags = caseSensitive ? 0 : Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
    return Pattern.compile(bounded, flags);
  }

  @Override
  public Verdict judge(String answer, Item item) {
    double value = 0;
    long matches = 0;
    for (Map.Entry<Pattern, Double> word : words.entrySet()) {
      long found = word.getKey().matcher(answer).results().count();
      long counted = count == Count.ONCE ? Math.min(1, found) : found;
      value += counted * word.getValue();
      matches += counted;
    }
    return Verdict.of(value, Map.of(MATCHES, (double) matches));
  }

  @Override
  public List<String> components() {
    return List.of(MATCHES);
  }
}
