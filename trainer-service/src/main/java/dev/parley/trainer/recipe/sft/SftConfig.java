package dev.parley.trainer.recipe.sft;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;

/** Settings of supervised fine-tuning. */
public interface SftConfig extends OfflineConfig, RowsConfig {

  /** The recipe's own settings. */
  Sft sft();

  /** The recipe's own settings. */
  interface Sft extends Passes {

    @Override
    @Help("Conversations per optimizer step.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();
  }
}
