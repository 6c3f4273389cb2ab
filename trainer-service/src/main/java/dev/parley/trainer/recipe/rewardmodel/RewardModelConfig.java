package dev.parley.trainer.recipe.rewardmodel;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RecipeConfig;
import io.smallrye.config.WithDefault;

/** Settings of reward modelling. */
public interface RewardModelConfig extends RecipeConfig {

  /** Preferences. */
  Data data();

  /** The optimizer. */
  Optimizer optimizer();

  /** The recipe's own settings. */
  RewardModel rewardModel();

  /** The recipe's own settings. */
  interface RewardModel {

    @Help("Passes over the pairs. One is usual: reward models overfit soon (Ouyang et al. 2022).")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Pairs per optimizer step.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();

    @Help("Use the pairs' margins: log σ(r_c − r_r − margin) (Touvron et al. 2023, eq. 2).")
    @WithDefault("true")
    boolean useMargin();

    @Help("Coefficient of (r_c + r_r)², which keeps rewards near zero (Eisenstein et al. 2023).")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double centeringCoefficient();

    @Help("Optimizer steps between evaluations on the held-out pairs; 0 evaluates at the end only.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int evaluateEvery();
  }
}
