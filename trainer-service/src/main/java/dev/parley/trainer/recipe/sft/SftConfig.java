package dev.parley.trainer.recipe.sft;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;

/** Settings of supervised fine-tuning. */
public interface SftConfig extends RowsConfig {

  /** The optimizer. */
  Optimizer optimizer();

  /** The recipe's own settings. */
  Sft sft();

  /** The recipe's own settings. */
  interface Sft {

    @Help("Passes over the data.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Conversations per optimizer step.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();

    @Help("Optimizer steps between evaluations on the held-out rows; 0 evaluates at the end only.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int evaluateEvery();
  }
}
