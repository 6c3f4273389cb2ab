package dev.parley.reward.scoring;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes one score of those of an answer's steps (Lightman et al. 2023, arXiv:2305.20050 and Wang et
 * al. 2024, arXiv:2312.08935).
 *
 * @param aggregate how
 * @param separator what stands between steps; empty if it is as the model learnt it
 */
record Steps(Aggregate aggregate, Optional<Separator> separator) {

  private static final String STEPS = "steps";
  private static final String PRODUCT = "product";
  private static final String LOWEST = "lowest";
  private static final String LAST = "last";
  private static final String FIRST_WRONG = "first_wrong";

  /** Names of what a verdict tells. */
  static final List<String> COMPONENTS = List.of(STEPS, PRODUCT, LOWEST, LAST, FIRST_WRONG);

  /** What the probabilities of the steps become. */
  enum Aggregate {
    /** Their product: the probability that all are right. */
    PRODUCT,
    /** The least. */
    MIN,
    /** The last step's. */
    LAST,
    /** Their mean. */
    MEAN
  }

  /** What stands between steps. */
  enum Separator {
    /** A line feed. */
    LINE("\n"),
    /** An empty line. */
    BLANK_LINE("\n\n");

    private final String text;

    Separator(String text) {
      this.text = text;
    }
  }

  static Steps of(ScorerSettings settings) {
    return new Steps(
        settings.choice("aggregate", Aggregate.PRODUCT),
        settings.optionalChoice("separator", Separator.class));
  }

  /**
   * Returns what stands between steps.
   *
   * @param learnt what the model's directory says
   * @param directory for the message
   * @throws IllegalArgumentException if nothing says
   */
  String separator(Optional<String> learnt, Path directory) {
    return separator
        .map(given -> given.text)
        .or(() -> learnt)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    directory
                        + " does not say what stands between steps ("
                        + RewardStatistics.FILE
                        + " has no step_separator); set separator to line or blank-line"));
  }

  /**
   * Makes a verdict.
   *
   * @param scores r at the last token of each step, at least one
   * @param more components to tell besides
   */
  Verdict verdict(float[] scores, Map<String, Double> more) {
    double product = 1;
    double lowest = 1;
    double sum = 0;
    double last = 0;
    int firstWrong = -1;
    for (int i = 0; i < scores.length; i++) {
      last = 1 / (1 + Math.exp(-scores[i]));
      product *= last;
      sum += last;
      lowest = Math.min(lowest, last);
      firstWrong = firstWrong < 0 && last < 0.5 ? i : firstWrong;
    }
    Map<String, Double> components = new LinkedHashMap<>();
    components.put(STEPS, (double) scores.length);
    components.put(PRODUCT, product);
    components.put(LOWEST, lowest);
    components.put(LAST, last);
    components.put(FIRST_WRONG, (double) firstWrong);
    components.putAll(more);
    return Verdict.of(
        switch (aggregate) {
          case PRODUCT -> product;
          case MIN -> lowest;
          case LAST -> last;
          case MEAN -> sum / scores.length;
        },
        components);
  }
}
