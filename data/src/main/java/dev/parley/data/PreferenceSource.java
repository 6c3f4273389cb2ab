package dev.parley.data;

import java.util.Locale;

/** Who said which answer is better. */
public enum PreferenceSource {
  /** Not said. */
  UNKNOWN,
  /** A person. */
  HUMAN,
  /** A rule. */
  RULE,
  /** Another model. */
  MODEL;

  /** The name in files: lower case. */
  public String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
