package dev.parley.trainer.recipe.offline;

import dev.parley.trainer.recipe.RowsConfig;

/** The settings that all recipes on files of preferences have. */
public interface PreferenceConfig extends OfflineConfig, RowsConfig {}
