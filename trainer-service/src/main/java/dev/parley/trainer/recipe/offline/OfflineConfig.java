package dev.parley.trainer.recipe.offline;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RecipeConfig;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** The settings that all recipes on fixed answers have. */
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

  /** The frozen model that a policy is compared with. */
  interface Reference {

    @Help(
        "Directory of the frozen model that answers are compared with, of the same tokenizer;"
            + " model.path if not given.")
    Optional<Path> path();

    @Help(
        "Directory where its log-probabilities are kept for later starts and other runs;"
            + " reference-log-probs beside the run's directory if not given.")
    Optional<Path> cache();
  }
}
