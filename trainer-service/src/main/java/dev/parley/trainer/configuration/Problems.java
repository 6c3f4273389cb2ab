package dev.parley.trainer.configuration;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that a user hears of all of it at once. */
public final class Problems {

  private final List<String> found = new ArrayList<>();

  /** Adds a problem. */
  public void add(String problem) {
    found.add(problem);
  }

  /**
   * Adds a problem unless something holds.
   *
   * @param holds what should be
   * @param problem names the keys and says what to do
   */
  public void require(boolean holds, String problem) {
    if (!holds) {
      add(problem);
    }
  }

  /**
   * Ends the collecting.
   *
   * @throws ConfigurationException with all problems, one per line, if there are any
   */
  public void throwIfAny() {
    if (!found.isEmpty()) {
      throw new ConfigurationException(String.join("\n", found));
    }
  }
}
