package dev.parley.console.verdict;

import dev.parley.console.study.StudyDesign;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a page sends back: sides are those of the page.
 *
 * @param button which was pressed
 * @param strength how much better; empty unless the study is graded and a side was chosen
 * @param reason in the person's own words; may be empty
 * @param seconds for which the pair was looked at, as the page's script measured them
 */
public record Reply(
    Button button, Optional<Strength> strength, String reason, OptionalDouble seconds) {

  private static final int LONGEST_REASON = 10_000;

  /** What can be pressed. */
  public enum Button {
    /** The answer on the left is better. */
    LEFT,
    /** The answer on the right is better. */
    RIGHT,
    /** About the same. */
    SAME,
    /** Both are bad. */
    BOTH_BAD,
    /** I cannot tell. */
    SKIP,
    /** Something is wrong with this pair. */
    PROBLEM
  }

  /**
   * Reads a form.
   *
   * @param pressed the button's value: left, right, left-slightly, left-much and so on, same,
   *     both-bad, skip, problem
   * @param reason the text beside it
   * @param seconds what the script measured; empty without one
   * @param design what may be said
   * @throws IllegalArgumentException if that may not be said
   */
  public static Reply of(String pressed, String reason, String seconds, StudyDesign design) {
    String[] parts = pressed.split("-", 2);
    boolean side = parts[0].equals("left") || parts[0].equals("right");
    Button button =
        switch (side ? parts[0] : pressed) {
          case "left" -> Button.LEFT;
          case "right" -> Button.RIGHT;
          case "same" -> Button.SAME;
          case "both-bad" -> Button.BOTH_BAD;
          case "skip" -> Button.SKIP;
          case "problem" -> Button.PROBLEM;
          default -> throw new IllegalArgumentException("there is no button \"" + pressed + "\"");
        };
    if (!design.ties() && (button == Button.SAME || button == Button.BOTH_BAD)) {
      throw new IllegalArgumentException("this study takes no ties; expected one of the answers");
    }
    String words = reason.strip();
    if (words.length() > LONGEST_REASON) {
      throw new IllegalArgumentException(
          "the reason has %,d characters, expected %,d at most"
              .formatted(words.length(), LONGEST_REASON));
    }
    return new Reply(
        button, side ? strength(parts, design) : Optional.empty(), words, seconds(seconds));
  }

  private static Optional<Strength> strength(String[] parts, StudyDesign design) {
    if (!design.graded()) {
      if (parts.length == 2) {
        throw new IllegalArgumentException(
            "this study is not graded; expected \"" + parts[0] + "\"");
      }
      return Optional.empty();
    }
    return Optional.of(
        switch (parts.length == 2 ? parts[1] : "") {
          case "slightly" -> Strength.SLIGHTLY;
          case "much" -> Strength.MUCH;
          default ->
              throw new IllegalArgumentException(
                  "this study is graded; expected slightly or much better");
        });
  }

  private static OptionalDouble seconds(String written) {
    if (written.isBlank()) {
      return OptionalDouble.empty();
    }
    try {
      double seconds = Double.parseDouble(written);
      return seconds >= 0 && seconds < Double.POSITIVE_INFINITY
          ? OptionalDouble.of(seconds)
          : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the time is \"%s\", expected seconds".formatted(written), e);
    }
  }

  /** What it says about the pair. */
  public Choice choice(boolean firstLeft) {
    return switch (button) {
      case LEFT -> firstLeft ? Choice.FIRST : Choice.SECOND;
      case RIGHT -> firstLeft ? Choice.SECOND : Choice.FIRST;
      case SAME -> Choice.SAME;
      case BOTH_BAD -> Choice.BOTH_BAD;
      case SKIP -> Choice.SKIP;
      case PROBLEM -> Choice.PROBLEM;
    };
  }
}
