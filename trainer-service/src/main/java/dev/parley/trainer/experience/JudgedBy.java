package dev.parley.trainer.experience;

import dev.parley.data.PreferenceSource;

/** Whose pairs count. */
public enum JudgedBy {
  /** Everybody's. */
  ALL,
  /** People's. */
  HUMAN,
  /** A rule's. */
  RULE,
  /** Another model's: AI feedback. */
  MODEL,
  /** Those of which nobody says who judged. */
  UNKNOWN;

  /** Returns whether somebody's pairs count. */
  public boolean admits(PreferenceSource source) {
    return this == ALL || name().equals(source.name());
  }
}
