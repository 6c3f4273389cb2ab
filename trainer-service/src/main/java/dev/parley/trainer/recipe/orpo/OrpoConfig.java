package dev.parley.trainer.recipe.orpo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.preference.PreferenceConfig;
import io.smallrye.config.WithDefault;

/** Settings of odds-ratio preference optimisation. */
public interface OrpoConfig extends PreferenceConfig {

  /** The recipe's own settings. */
  Orpo orpo();

  /** The recipe's own settings. */
  interface Orpo extends LabelPasses {

    @Help("β: weight of the odds ratio beside imitation (the paper's λ).")
    @WithDefault("0.1")
    @Within("(0, ∞)")
    double beta();

    @Override
    @Help(
        "Use the pairs' confidence p, a judge's soft label: p times the odds ratio's loss of the"
            + " pair and 1 − p times that of the pair the other way round. The chosen answer is"
            + " imitated all the same.")
    @WithDefault("true")
    boolean useConfidence();
  }
}
