package dev.parley.judge.chat;

/**
 * One turn of a conversation with a model.
 *
 * @param role "system", "user" or "assistant"
 * @param content what is said
 */
public record Message(String role, String content) {

  /** Instructions above the conversation. */
  public static Message system(String content) {
    return new Message("system", content);
  }

  /** A turn of whoever asks. */
  public static Message user(String content) {
    return new Message("user", content);
  }

  /** A turn of the model. */
  public static Message assistant(String content) {
    return new Message("assistant", content);
  }
}
