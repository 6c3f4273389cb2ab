package dev.parley.policy.generation;

import dev.parley.policy.serving.ServedVersion;

/**
 * What the model thinks of M tokens that are there already, and which K it finds most likely in
 * each one's place. All numbers are nats under the untempered model.
 *
 * @param logProbs {@code [M]}
 * @param topTokens {@code [M, K]}, the most likely first
 * @param topLogProbs {@code [M, K]}
 * @param version the weights that were asked
 */
public record TokenScores(
    float[] logProbs, int[][] topTokens, float[][] topLogProbs, ServedVersion version) {}
