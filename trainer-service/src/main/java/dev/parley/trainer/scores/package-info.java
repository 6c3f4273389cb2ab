/**
 * Models that score: an objective over the scores of rows, what scores of held-out rows say about a
 * model (agreement on pairs, error and rank correlation on ratings, area under the curve on steps),
 * and the file beside its weights that keeps this.
 *
 * <p>Comes in: rows with tokens to be scored, a recipe's loss of the scores. Goes out: an objective
 * for the loop of {@link dev.parley.trainer.offline}, figures, {@code reward_model.json}. Callers:
 * the recipes that make reward models.
 */
package dev.parley.trainer.scores;
