package dev.parley.reward.scoring;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Scores by a regular expression of {@link Pattern}: 1 if it is found (or not found) anywhere in
 * the answer, else 0; or so much per match.
 *
 * @param pattern the expression
 * @param expect what earns the score
 * @param perMatch the score of each match, if matches are counted
 * @param mostMatches no more than these count, if matches are counted
 * @param mostSteps characters that matching one answer may read, so that an expression that tries
 *     exponentially many ways cannot hang the service. Counted rather than timed, so that every
 *     machine comes to the same verdict
 */
record RegexRule(Pattern pattern, Expect expect, double perMatch, int mostMatches, int mostSteps)
    implements Rule {

  private static final String MATCHES = "matches";
  private static final int DEFAULT_STEPS = 10_000_000;

  /** What earns the score. */
  enum Expect {
    /** A match. */
    MATCH,
    /** That there is none. */
    NO_MATCH,
    /** Each match. */
    COUNT
  }

  static RegexRule of(ScorerSettings settings) {
    String expression = settings.text("pattern", "a regular expression");
    Expect expect = settings.choice("expect", Expect.class);
    double perMatch = 1;
    int mostMatches = 1;
    if (expect == Expect.COUNT) {
      perMatch = settings.number("score-per-match", 1);
      mostMatches = settings.count("most-matches", Integer.MAX_VALUE);
    }
    try {
      return new RegexRule(
          Pattern.compile(expression),
          expect,
          perMatch,
          mostMatches,
          settings.count("most-steps", DEFAULT_STEPS));
    } catch (PatternSyntaxException e) {
      throw settings.wrong(
          "pattern",
          expression,
          "a regular expression: " + e.getDescription() + " at index " + e.getIndex());
    }
  }

  @Override
  public Verdict judge(String answer, Item item) {
    int matches = 0;
    try {
      Matcher matcher = pattern.matcher(new MeteredText(answer, new int[] {mostSteps}));
      while (matches < mostMatches && matcher.find()) {
        matches++;
      }
    } catch (StepsExceededException e) {
      return Verdict.failed(
          "matching took more than "
              + mostSteps
              + " steps; simplify the pattern or raise most-steps");
    } catch (StackOverflowError e) {
      return Verdict.failed("matching took more stack than there is; simplify the pattern");
    }
    double value =
        switch (expect) {
          case MATCH -> matches > 0 ? 1 : 0;
          case NO_MATCH -> matches > 0 ? 0 : 1;
          case COUNT -> matches == 0 ? 0 : perMatch * matches;
        };
    return Verdict.of(value, Map.of(MATCHES, (double) matches));
  }

  @Override
  public List<String> components() {
    return List.of(MATCHES);
  }

  private static final class StepsExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A text that may be read only so often. */
  private record MeteredText(String text, int[] stepsLeft) implements CharSequence {

    @Override
    public char charAt(int index) {
      if (--stepsLeft[0] < 0) {
        throw new StepsExceededException();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new MeteredText(text.substring(start, end), stepsLeft);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
