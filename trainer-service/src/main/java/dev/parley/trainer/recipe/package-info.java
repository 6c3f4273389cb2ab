/**
 * 6: the recipes, one package each: loop, loss and configuration, in the order of the paper.
 *
 * <p>Comes in: a recipe's configuration and the run that it is part of. Goes out: trained models,
 * checkpoints, and what the run's log is told. Called by the trainer's commands.
 *
 * <p>To add one, write its package and add a line to {@link dev.parley.trainer.recipe.RecipeName}
 * and to the catalogue of the package above.
 */
package dev.parley.trainer.recipe;
