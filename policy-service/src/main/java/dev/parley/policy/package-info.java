/**
 * The model being trained, at work: answers prompts from Kafka, and clients over gRPC and HTTP.
 *
 * <p>Comes in: a model directory, prompts, announcements of new weights, requests. Goes out:
 * rollouts, answers. The packages are the steps of the loop: {@code prompt} (1), {@code generation}
 * (2, with {@code openai} for the form of HTTP), {@code rollout} (3 and 4), {@code serving} (8);
 * here are the edges and what ties them together.
 */
package dev.parley.policy;
