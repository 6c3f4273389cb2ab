package dev.parley.console.verdict;

/** What became of a reply. */
public enum Outcome {
  /** It is recorded. */
  RECORDED,
  /** This person has judged this pair before; that verdict stands. */
  ALREADY_JUDGED,
  /** The lease had ended and others have taken the pair's places. */
  GIVEN_AWAY,
  /** The study takes no more verdicts. */
  CLOSED
}
