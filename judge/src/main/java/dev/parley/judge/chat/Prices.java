package dev.parley.judge.chat;

/**
 * What tokens cost, in any currency.
 *
 * @param perMillionPromptTokens price of a million tokens of questions
 * @param perMillionCompletionTokens price of a million tokens of answers
 */
public record Prices(double perMillionPromptTokens, double perMillionCompletionTokens) {

  /** Nothing costs anything. */
  public static final Prices FREE = new Prices(0, 0);

  /** Refuses prices below zero. */
  public Prices {
    if (!(perMillionPromptTokens >= 0 && perMillionCompletionTokens >= 0)) {
      throw new IllegalArgumentException(
          "the prices are %s and %s for a million tokens; expected numbers, zero or more"
              .formatted(perMillionPromptTokens, perMillionCompletionTokens));
    }
  }

  /** The cost of one question and its answer. */
  public double of(long promptTokens, long completionTokens) {
    return (promptTokens * perMillionPromptTokens + completionTokens * perMillionCompletionTokens)
        / 1e6;
  }
}
