/**
 * Talking to a model on this machine: {@code parley chat} and {@code parley generate}.
 *
 * <p>Comes in: a model directory and prompts. Goes out: answers. Computes in this process; no
 * service is needed.
 */
package dev.parley.cli.answers;
