package dev.parley.console.study;

import java.time.Instant;

/**
 * A study in the database.
 *
 * @param id its number
 * @param design how it is run
 * @param open whether verdicts are taken
 * @param createdAt when it was made
 */
public record Study(long id, StudyDesign design, boolean open, Instant createdAt) {

  /** By which people know it. */
  public String name() {
    return design.name();
  }
}
