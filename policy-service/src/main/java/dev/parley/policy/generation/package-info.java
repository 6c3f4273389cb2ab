/**
 * Step 2: answers are made. Comes in: prompts as tokens, with how to draw. Goes out: answers with
 * their log-probabilities, texts and the versions that made them; scores of tokens that are there
 * already. The gRPC service, {@code openai} and {@code rollout} call it; {@code serving} hands it
 * new weights.
 */
package dev.parley.policy.generation;
