package dev.parley.console.verdict;

/**
 * What somebody said about a pair. First and second are the pair's own, wherever they were shown.
 */
public enum Choice {
  /** The first answer is better. */
  FIRST,
  /** The second answer is better. */
  SECOND,
  /** Neither is better, and that is no fault of theirs. */
  SAME,
  /** Neither is any good. */
  BOTH_BAD,
  /** This person cannot tell; somebody else may. */
  SKIP,
  /** The pair should be judged by nobody: see the reason. */
  PROBLEM;

  /** Whether one answer is better. */
  public boolean decides() {
    return this == FIRST || this == SECOND;
  }

  /** Whether neither is better. */
  public boolean tie() {
    return this == SAME || this == BOTH_BAD;
  }

  /** Whether it is a verdict to learn from, and takes one of the pair's places. */
  public boolean counts() {
    return decides() || tie();
  }
}
