package dev.parley.trainer.offline;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RecipeConfig;
import io.smallrye.config.WithDefault;

/** The settings that all recipes on fixed answers of a policy have. */
public interface OfflineConfig extends RecipeConfig {

  /** The optimizer. */
  Optimizer optimizer();

  /** How the rows are gone through; each recipe's own settings begin with these. */
  interface Passes {

    @Help("Passes over the data. One to three are usual.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Rows per optimizer step: pairs, or single answers in kto.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();

    @Help("Optimizer steps between evaluations on the held-out rows; 0 evaluates at the end only.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int evaluateEvery();
  }
}
