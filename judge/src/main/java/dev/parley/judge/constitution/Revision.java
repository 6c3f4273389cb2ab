package dev.parley.judge.constitution;

import java.util.List;

/**
 * An answer, and how it was revised.
 *
 * @param original the first answer
 * @param rounds critiques and revisions, oldest first
 * @param error why it did not go on; empty if it is whole
 */
public record Revision(String original, List<Round> rounds, String error) {

  /** Copies the rounds. */
  public Revision {
    rounds = List.copyOf(rounds);
  }

  /**
   * One critique and what it led to.
   *
   * @param principle the principle's number in the constitution, from 0
   * @param critique what was found wrong
   * @param revised the new answer
   */
  public record Round(int principle, String critique, String revised) {}

  /** Whether all rounds are there. */
  public boolean whole() {
    return error.isEmpty();
  }

  /** The newest answer. */
  public String last() {
    return rounds.isEmpty() ? original : rounds.get(rounds.size() - 1).revised();
  }
}
