package dev.parley.reward.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Checks an answer's form; the value is the share of the checks that it passes.
 *
 * @param checks by the name of their component, in order
 */
record FormatRule(Map<String, Predicate<String>> checks) implements Rule {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final String SENTENCE_ENDS = ".!?…。！？";
  private static final String CLOSERS = "\"'”’»)]}*_`";

  static FormatRule of(ScorerSettings settings) {
    Map<String, Predicate<String>> checks = new LinkedHashMap<>();
    if (settings.flag("ends-with-sentence", false)) {
      checks.put("ends_with_sentence", FormatRule::endsWithSentence);
    }
    OptionalInt lines = settings.count("max-lines");
    lines.ifPresent(most -> checks.put("max_lines", answer -> answer.lines().count() <= most));
    OptionalInt ngram = settings.count("unrepeated-words");
    ngram.ifPresent(words -> checks.put("unrepeated_words", answer -> !repeats(answer, words)));
    if (settings.flag("json", false)) {
      checks.put("json", FormatRule::isJson);
    }
    if (checks.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing is checked; expected at least one of "
              + String.join(
                  ", ",
                  List.of(
                      settings.key("ends-with-sentence"),
                      settings.key("max-lines"),
                      settings.key("unrepeated-words"),
                      settings.key("json"))));
    }
    return new FormatRule(checks);
  }

  @Override
  public Verdict judge(String answer, Item item) {
    Map<String, Double> components = new LinkedHashMap<>();
    checks.forEach((name, check) -> components.put(name, check.test(answer) ? 1.0 : 0.0));
    double passed = components.values().stream().mapToDouble(Double::doubleValue).sum();
    return Verdict.of(passed / checks.size(), components);
  }

  @Override
  public List<String> components() {
    return List.copyOf(checks.keySet());
  }

  /** Whether the last character but closing quotes and brackets ends a sentence. */
  private static boolean endsWithSentence(String answer) {
    String text = answer.strip();
    int end = text.length();
    while (end > 0 && CLOSERS.indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return end > 0 && SENTENCE_ENDS.indexOf(text.charAt(end - 1)) >= 0;
  }

  /** Whether the same so many words in a row are there twice. */
  private static boolean repeats(String answer, int count) {
    String[] words = answer.strip().toLowerCase(Locale.ROOT).split("\\s+");
    Set<List<String>> seen = new HashSet<>();
    for (int i = 0; i + count <= words.length; i++) {
      if (!seen.add(List.of(words).subList(i, i + count))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isJson(String answer) {
    try {
      return !JSON.readTree(answer).isMissingNode();
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
