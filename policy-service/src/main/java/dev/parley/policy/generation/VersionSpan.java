package dev.parley.policy.generation;

import dev.parley.policy.serving.ServedVersion;

/**
 * A stretch of an answer that one version of the weights made.
 *
 * @param firstToken index of its first token in the answer
 * @param version the weights
 */
public record VersionSpan(int firstToken, ServedVersion version) {}
