package dev.parley.console.study;

import java.util.Set;

/**
 * One turn of a conversation.
 *
 * @param role system, developer, user, assistant or tool
 * @param content what is said
 */
public record Turn(String role, String content) {

  /** Who may speak. */
  static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

  /**
   * Checks the role.
   *
   * @throws IllegalArgumentException if it is none
   */
  public Turn {
    if (!ROLES.contains(role)) {
      throw new IllegalArgumentException(
          "there is no role \"%s\"; expected system, developer, user, assistant or tool"
              .formatted(role));
    }
  }
}
