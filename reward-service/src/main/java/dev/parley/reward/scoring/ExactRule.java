package dev.parley.reward.scoring;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Scores 1 if the answer is the reference, to the letter or nearly so, else 0.
 *
 * @param part what of the answer is compared
 * @param caseSensitive whether upper and lower case differ
 * @param spaces whether white space inside counts as it is
 * @param punctuation whether punctuation counts
 */
record ExactRule(Part part, boolean caseSensitive, boolean spaces, boolean punctuation)
    implements Rule {

  private static final String MATCH = "match";

  /** What of the answer is compared. */
  enum Part {
    /** All of it, without white space around. */
    WHOLE,
    /** Its last line that is not blank. */
    LAST_LINE,
    /** The final answer, as {@link FinalAnswer} finds it. */
    FINAL_ANSWER
  }

  static ExactRule of(ScorerSettings settings) {
    return new ExactRule(
        settings.choice("part", Part.WHOLE),
        settings.flag("case-sensitive", true),
        settings.flag("spaces", true),
        settings.flag("punctuation", true));
  }

  @Override
  public Verdict judge(String answer, Item item) {
    if (item.referenceAnswer().isBlank()) {
      return Verdict.failed(
          "there is no reference answer to compare with; send reference_answer with the item (in /get_reward, labels)");
    }
    String compared =
        switch (part) {
          case WHOLE -> answer.strip();
          case LAST_LINE -> answer.strip().lines().reduce("", (before, line) -> line).strip();
          case FINAL_ANSWER -> FinalAnswer.of(answer).map(FinalAnswer::text).orElse("");
        };
    String reference = item.referenceAnswer().strip();
    double match = plain(compared).equals(plain(reference)) ? 1 : 0;
    return Verdict.of(match, Map.of(MATCH, match)).withExtracted(compared);
  }

  /** What is compared of a text: the same letter is always written with the same characters. */
  private String plain(String text) {
    String plain = Normalizer.normalize(text, Normalizer.Form.NFC);
    plain = caseSensitive ? plain : plain.toLowerCase(Locale.ROOT);
    plain = punctuation ? plain : plain.replaceAll("\\p{Punct}", "");
    return spaces ? plain : plain.replaceAll("\\s+", " ").strip();
  }

  @Override
  public List<String> components() {
    return List.of(MATCH);
  }
}
