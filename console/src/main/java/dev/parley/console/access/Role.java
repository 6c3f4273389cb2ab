package dev.parley.console.access;

/** What somebody may do. */
public enum Role {
  /** Judges pairs. */
  ANNOTATOR,
  /** Makes studies and sees what comes out, besides judging. */
  OWNER
}
