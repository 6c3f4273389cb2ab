package dev.parley.judge.chat;

/**
 * A secret, which prints as stars.
 *
 * @param secret the key
 */
public record ApiKey(String secret) {

  /** Refuses a key that no header can carry. */
  public ApiKey {
    if (secret.isBlank() || !secret.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
      throw new IllegalArgumentException(
          "the API key is empty or holds characters that no key has, such as spaces or line ends");
    }
  }

  @Override
  public String toString() {
    return "***";
  }
}
