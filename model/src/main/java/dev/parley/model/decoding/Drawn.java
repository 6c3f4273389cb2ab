package dev.parley.model.decoding;

/**
 * A token that was drawn.
 *
 * @param token its id
 * @param samplingLogProb its log-probability (nats) under the distribution drawn from; 0 if the
 *     likeliest token was asked for, which was certain
 * @param modelLogProb its log-probability (nats) under the untempered model
 */
public record Drawn(int token, float samplingLogProb, float modelLogProb) {}
