/**
 * Step 1: what is asked becomes tokens. Comes in: records of the topic of prompts, or the prompt of
 * a request. Goes out: tokens, with the form that scorers read. The gRPC service, {@code openai}
 * and {@code rollout} call it.
 */
package dev.parley.policy.prompt;
