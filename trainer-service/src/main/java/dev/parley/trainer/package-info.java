/**
 * The trainer service: learns from demonstrations, preferences and rollouts.
 *
 * <p>Comes in: a recipe's name and configuration on the command line. Goes out: checkpoints,
 * published weights, run events and metrics. Started by the {@code parley} command, or by
 * Kubernetes as a job.
 */
package dev.parley.trainer;
