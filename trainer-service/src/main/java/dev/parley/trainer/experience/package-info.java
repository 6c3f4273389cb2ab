/**
 * 5: what a run learns from. Rollouts from Kafka, demonstrations and preferences from files, and
 * their packing into batches.
 *
 * <p>Comes in: protobuf events and rows of data files. Goes out: token sequences that say which of
 * their tokens are learnt, and, for rollouts, what was measured at each. Called by the recipes.
 */
package dev.parley.trainer.experience;
