/**
 * Steps 3 and 4: a prompt becomes a group of answers with their scores and reference
 * log-probabilities, and is published together with the prompt's offset in one transaction. Comes
 * in: records of the topic of prompts. Goes out: rollouts and dead letters. The service starts it.
 */
package dev.parley.policy.rollout;
