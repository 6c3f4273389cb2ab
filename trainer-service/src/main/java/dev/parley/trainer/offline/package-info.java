/**
 * 6: the loop of all recipes that learn from rows that are there when the run begins, and what a
 * recipe puts into it: an objective, from which one optimizer step and one evaluation are made.
 *
 * <p>Comes in: rows as tokens, and the recipe's objective. Goes out: the trained model, checkpoints
 * and the run's numbers. Callers: the recipes on demonstrations, preferences, ratings, labelled
 * steps and logged rollouts.
 */
package dev.parley.trainer.offline;
