package dev.parley.trainer.offline;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RecipeConfig;
import io.smallrye.config.WithDefault;

/** The settings that all recipes over rows that are there when the run begins have. */
public interface OfflineConfig extends RecipeConfig {

  /** The optimizer. */
  Optimizer optimizer();

  /** How the rows are gone through; each recipe's own settings begin with these. */
  interface Passes {

    @Help(
        "Passes over the data. One to three are usual; of a reward model one, since they overfit soon"
            + " (Ouyang et al. 2022).")
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

  /** Passes over rows whose labels may be in doubt. */
  interface LabelPasses extends Passes {

    @Help(
        "Use the pairs' confidence p, a judge's soft label: p times the loss of the label as it was"
            + " given and 1 − p times that of its opposite.")
    @WithDefault("true")
    boolean useConfidence();
  }
}
