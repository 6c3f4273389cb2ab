package dev.parley.trainer.recipe.offline;

/** The settings that all recipes on files of preferences have. */
public interface PreferenceConfig extends OfflineConfig {

  /** Rows to learn from. */
  Data data();
}
