package dev.parley.console.access;

import java.util.regex.Pattern;

/**
 * Who is signed in.
 *
 * @param name as this person writes it
 * @param role what this person may do
 */
public record Person(String name, Role role) {

  private static final int LONGEST = 60;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it is none
   */
  public Person {
    name = name.strip();
    if (name.isEmpty() || name.length() > LONGEST || CONTROL.matcher(name).find()) {
      throw new IllegalArgumentException(
          "expected a name of 1 to %d characters, so that verdicts can be told apart"
              .formatted(LONGEST));
    }
  }

  /** Whether this person may see what comes out. */
  public boolean owner() {
    return role == Role.OWNER;
  }
}
