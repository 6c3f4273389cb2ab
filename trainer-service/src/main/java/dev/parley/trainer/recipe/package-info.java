/**
 * 6: the recipes, one package each: loop, loss and configuration, in the order of the paper.
 *
 * <p>To add one, write its package and add a line to {@link dev.parley.trainer.recipe.RecipeName}
 * and to {@link dev.parley.trainer.recipe.RecipeCatalogue}.
 */
package dev.parley.trainer.recipe;
