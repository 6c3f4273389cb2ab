package dev.parley.policy.openai;

/** The two ways to ask for answers. */
public enum Endpoint {
  /** {@code /v1/chat/completions}: a conversation in, the next turn out. */
  CHAT("messages", "chatcmpl-", "chat.completion", "chat.completion.chunk"),

  /** {@code /v1/completions}: texts or tokens in, what follows them out. */
  COMPLETIONS("prompt", "cmpl-", "text_completion", "text_completion");

  private final String promptField;
  private final String idPrefix;
  private final String object;
  private final String chunkObject;

  Endpoint(String promptField, String idPrefix, String object, String chunkObject) {
    this.promptField = promptField;
    this.idPrefix = idPrefix;
    this.object = object;
    this.chunkObject = chunkObject;
  }

  /** Returns the field that holds what is to be answered. */
  public String promptField() {
    return promptField;
  }

  String idPrefix() {
    return idPrefix;
  }

  String object() {
    return object;
  }

  String chunkObject() {
    return chunkObject;
  }
}
