/**
 * 6: what the recipes on fixed preference data (DPO, KTO, ORPO, SimPO) share: the loop over the
 * rows, log-probabilities of whole answers, and those of a frozen reference, computed once and kept
 * on disk.
 *
 * <p>Comes in: rows of answers as tokens, and the recipe's objective. Goes out: the trained model
 * and the run's numbers. Callers: the recipes named above.
 */
package dev.parley.trainer.recipe.offline;
