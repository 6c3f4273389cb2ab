package dev.parley.judge.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's answer.
 *
 * @param text what it says
 * @param finishReason why it ends, in the endpoint's word: "stop", "length"; empty if not said
 * @param tokens its tokens with their likely alternatives; empty unless they were asked for and the
 *     endpoint gives them
 * @param promptTokens tokens of the question; −1 if the endpoint does not say
 * @param completionTokens tokens of the answer; −1 if the endpoint does not say
 */
public record ChatReply(
    String text,
    String finishReason,
    List<TokenChoices> tokens,
    long promptTokens,
    long completionTokens) {

  /** Copies the tokens. */
  public ChatReply {
    tokens = List.copyOf(tokens);
  }

  /**
   * One place in an answer.
   *
   * @param token the token that is there
   * @param logProbs natural log-probabilities of likely tokens by their text; the one that is there
   *     is among them
   */
  public record TokenChoices(String token, Map<String, Double> logProbs) {

    /** Copies the alternatives. */
    public TokenChoices {
      logProbs = Map.copyOf(logProbs);
    }
  }

  /** Whether the answer was cut where its tokens ran out. */
  public boolean cut() {
    return finishReason.equals("length");
  }

  /**
   * Reads an answer in OpenAI's format.
   *
   * @throws IllegalArgumentException if it is none; the message says what was found
   */
  static ChatReply read(JsonNode body) {
    JsonNode choice = body.path("choices").path(0);
    JsonNode content = choice.path("message").path("content");
    if (!content.isTextual()) {
      JsonNode refusal = choice.path("message").path("refusal");
      throw new IllegalArgumentException(
          refusal.isTextual()
              ? "the model refuses: " + refusal.textValue()
              : "the answer has no text at choices[0].message.content");
    }
    JsonNode usage = body.path("usage");
    return new ChatReply(
        content.textValue(),
        choice.path("finish_reason").asText(""),
        tokens(choice.path("logprobs").path("content")),
        usage.path("prompt_tokens").asLong(-1),
        usage.path("completion_tokens").asLong(-1));
  }

  private static List<TokenChoices> tokens(JsonNode content) {
    List<TokenChoices> tokens = new ArrayList<>();
    for (JsonNode place : content) {
      Map<String, Double> choices = new LinkedHashMap<>();
      for (JsonNode top : place.path("top_logprobs")) {
        choices.merge(top.path("token").asText(), logProb(top), ChatReply::sum);
      }
      choices.putIfAbsent(place.path("token").asText(), logProb(place));
      tokens.add(new TokenChoices(place.path("token").asText(), choices));
    }
    return tokens;
  }

  private static double logProb(JsonNode token) {
    JsonNode value = token.path("logprob");
    if (!value.isNumber()) {
      throw new IllegalArgumentException("a token's logprob is " + value + ", expected a number");
    }
    return value.doubleValue();
  }

  /** log(eᵃ + eᵇ): two tokens may have one text. */
  private static double sum(double a, double b) {
    double greater = Math.max(a, b);
    return greater + Math.log1p(Math.exp(Math.min(a, b) - greater));
  }
}
