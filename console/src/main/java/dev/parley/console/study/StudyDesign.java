package dev.parley.console.study;

import java.util.Optional;

/**
 * How a study is run.
 *
 * @param name by which people know it
 * @param instructions what annotators should look at; may be empty
 * @param overlap how many people judge each pair
 * @param ties whether "about the same" and "both are bad" may be said
 * @param graded whether it is said how much better an answer is
 * @param policies who is asked for the answers; empty if they were given
 */
public record StudyDesign(
    String name,
    String instructions,
    int overlap,
    boolean ties,
    boolean graded,
    Optional<Policies> policies) {

  private static final int LONGEST_NAME = 100;
  private static final int LARGEST_OVERLAP = 100;

  /**
   * Checks name and overlap.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  public StudyDesign {
    name = name.strip();
    instructions = instructions.strip();
    if (name.isEmpty() || name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the name has %d characters, expected 1 to %d".formatted(name.length(), LONGEST_NAME));
    }
    if (overlap < 1 || overlap > LARGEST_OVERLAP) {
      throw new IllegalArgumentException(
          "%d people for each pair, expected 1 to %d".formatted(overlap, LARGEST_OVERLAP));
    }
  }

  /**
   * Policies by their names in the settings. They may be the same, which then answers twice.
   *
   * @param first who gives one answer
   * @param second who gives the other
   */
  public record Policies(String first, String second) {}
}
