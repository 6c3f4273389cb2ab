package dev.parley.console.study;

/**
 * A study and how far it is.
 *
 * @param study the study
 * @param pairs that are not withheld
 * @param wanted verdicts until every pair has as many as it should
 * @param given of these
 * @param withheld pairs with a reported problem
 */
public record StudySummary(Study study, long pairs, long wanted, long given, long withheld) {

  /** Whether nothing is left to be judged. */
  public boolean finished() {
    return given >= wanted;
  }
}
