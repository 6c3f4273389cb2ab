package dev.parley.policy.openai;

/**
 * What the API is set to.
 *
 * @param modelName what clients call the served model
 * @param completionTokens tokens of an answer to {@code /v1/completions} that does not say
 * @param maxAnswers most answers that one request may ask for
 * @param scores whether there is a reward service that can say which answers are best
 */
public record ApiSettings(String modelName, int completionTokens, int maxAnswers, boolean scores) {}
