package dev.parley.trainer.preference;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import java.nio.file.Path;
import java.util.Optional;

/** The settings that all recipes on files of preferences have. */
public interface PreferenceConfig extends OfflineConfig, RowsConfig {

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
