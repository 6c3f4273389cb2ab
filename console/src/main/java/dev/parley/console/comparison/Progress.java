package dev.parley.console.comparison;

/**
 * How far somebody is in a study.
 *
 * @param judged pairs on which this person gave a verdict
 * @param left pairs that wait for this person, the one on the page included
 */
public record Progress(long judged, long left) {

  /** Pairs that this person has judged or can judge. */
  public long all() {
    return judged + left;
  }
}
