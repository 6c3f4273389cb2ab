package dev.parley.model.text;

import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant} or another role that the
 *     chat template knows
 * @param content what is said; may be empty
 */
public record ChatMessage(String role, String content) {
  /** The role whose text a policy learns to write. */
  public static final String ASSISTANT = "assistant";

  public ChatMessage {
    Objects.requireNonNull(content, "content is null; an empty message has the content \"\"");
    if (role == null || role.isBlank()) {
      throw new IllegalArgumentException(
          "a message needs a role, for example 'user', found '" + role + "'");
    }
  }

  public boolean isAssistant() {
    return role.equals(ASSISTANT);
  }
}
