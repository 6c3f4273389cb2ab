package dev.parley.judge.verdict;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A verdict in a judge's text: {@code [[A]]}, {@code [[B]]}, {@code [[C]]} for a tie, or {@code
 * [[7]]}. Exactly one, however often it is repeated; everything else is no verdict.
 *
 * @param verdict what stands between the brackets; empty if it cannot be read
 * @param complaint what was found instead
 */
record Reading(Optional<String> verdict, String complaint) {

  private static final Pattern MARK = Pattern.compile("\\[\\[([^\\[\\]]*)\\]\\]");

  /** Reads which answer is better. */
  static Reading ofPair(String text) {
    return only(text, "[[A]], [[B]] or [[C]]", mark -> mark.matches("[ABC]"));
  }

  /** Reads a grade from 1 to 10. */
  static Reading ofGrade(String text) {
    return only(
        text,
        "[[N]] with a number from 1 to 10",
        mark ->
            mark.matches("[0-9]{1,2}(\\.[0-9]{1,6})?")
                && Double.parseDouble(mark) >= 1
                && Double.parseDouble(mark) <= 10);
  }

  /** Reads a letter that stands alone: {@code A}, {@code (B)}, {@code **A**.} */
  static Reading ofLetter(String text) {
    String letter = letter(text);
    return letter.equals("A") || letter.equals("B")
        ? new Reading(Optional.of(letter), "")
        : new Reading(Optional.empty(), "it is not A or B alone");
  }

  /** A text without white space and the signs that stand around a letter. */
  static String letter(String text) {
    return text.replaceAll("[\\s()\\[\\]*.:\"'`]", "");
  }

  private static Reading only(String text, String expected, Predicate<String> valid) {
    Set<String> marks = new LinkedHashSet<>();
    Matcher matcher = MARK.matcher(text);
    while (matcher.find()) {
      marks.add(matcher.group(1).strip());
    }
    if (marks.size() != 1) {
      return new Reading(
          Optional.empty(),
          marks.isEmpty()
              ? "there is no verdict in it, expected " + expected
              : "it has several verdicts, %s, expected one of %s".formatted(marks, expected));
    }
    String mark = marks.iterator().next();
    return valid.test(mark)
        ? new Reading(Optional.of(mark), "")
        : new Reading(
            Optional.empty(), "its verdict is [[%s]], expected %s".formatted(mark, expected));
  }
}
