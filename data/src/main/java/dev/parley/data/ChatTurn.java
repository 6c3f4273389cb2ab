package dev.parley.data;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: "system", "user", "assistant", "tool" or what a chat template knows
 *     besides
 * @param content what is said, before any template is applied; may be empty
 */
public record ChatTurn(String role, String content) {

  /** Role of the person who asks. */
  public static final String USER = "user";

  /** Role of the model that answers. */
  public static final String ASSISTANT = "assistant";

  /** Role of the instructions that stand above a conversation. */
  public static final String SYSTEM = "system";

  /**
   * Checks the turn.
   *
   * @throws InvalidExampleException if the role is blank, or the text holds half of a surrogate
   *     pair
   */
  public ChatTurn {
    if (role.isBlank() || !role.equals(role.strip())) {
      throw new InvalidExampleException(
          Defect.UNKNOWN_ROLE,
          "a turn has the role \"" + role + "\"; expected a word such as \"user\"");
    }
    Turns.requireWholeCharacters("the " + role + " turn", content);
  }

  /** A turn of the person who asks. */
  public static ChatTurn user(String content) {
    return new ChatTurn(USER, content);
  }

  /** A turn of the model. */
  public static ChatTurn assistant(String content) {
    return new ChatTurn(ASSISTANT, content);
  }

  /** Instructions above the conversation. */
  public static ChatTurn system(String content) {
    return new ChatTurn(SYSTEM, content);
  }

  /** Whether the model speaks. */
  public boolean isAssistant() {
    return role.equals(ASSISTANT);
  }
}
