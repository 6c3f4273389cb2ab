package dev.parley.judge.verdict;

import java.util.Optional;

/**
 * What a judge said to one question.
 *
 * @param verdict what stands between its brackets; empty if there is none
 * @param text all that it said last; empty if it said nothing
 * @param error why there is no verdict; empty if there is one
 */
public record Ruling(Optional<String> verdict, String text, String error) {

  /** Checks that there is either a verdict or an error. */
  public Ruling {
    if (verdict.isPresent() != error.isEmpty()) {
      throw new IllegalArgumentException("a ruling has a verdict or an error, and never both");
    }
  }

  /** Whether there is a verdict. */
  public boolean ok() {
    return verdict.isPresent();
  }
}
