package dev.parley.policy.openai;

/**
 * What the API is set to.
 *
 * @param modelName what clients call the served model
 * @param completionTokens tokens of an answer to {@code /v1/completions} that does not say
 * @param maxAnswers most answers that one request may ask for
 */
public record ApiSettings(String modelName, int completionTokens, int maxAnswers) {}
