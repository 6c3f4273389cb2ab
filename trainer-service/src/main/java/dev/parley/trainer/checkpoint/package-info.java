/**
 * 7: what a run writes down. Full checkpoints, from which a run goes on as if it had never stopped,
 * and versions, the bare weights that policies load.
 *
 * <p>Comes in: models, optimizer moments and the state of a recipe. Goes out: directories that are
 * either complete, with the SHA-256 of every file in a manifest, or not there at all. Called by the
 * recipes.
 */
package dev.parley.trainer.checkpoint;
