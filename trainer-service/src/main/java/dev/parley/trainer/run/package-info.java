/**
 * One training run as others see it: its directory, its events and its numbers.
 *
 * <p>Comes in: what recipes report. Goes out: {@code metrics.jsonl} and {@code events.jsonl} in the
 * run's directory, run events on Kafka, and meters for Prometheus. Called by the recipes.
 */
package dev.parley.trainer.run;
