package dev.parley.trainer.recipe.kto;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.preference.PreferenceConfig;
import io.smallrye.config.WithDefault;

/** Settings of Kahneman-Tversky optimisation. */
public interface KtoConfig extends PreferenceConfig {

  /** The frozen model. */
  Reference reference();

  /** The recipe's own settings. */
  Kto kto();

  /** The recipe's own settings. */
  interface Kto extends LabelPasses {

    @Help(
        "measured-kl: an answer's gain is counted from the policy's measured distance from the"
            + " reference (KTO). zero: from 0 (APO-zero for unpaired answers).")
    @WithDefault("measured-kl")
    KtoLoss.Origin origin();

    @Help("β: the smaller, the further the policy may go from the reference.")
    @WithDefault("0.1")
    @Within("(0, ∞)")
    double beta();

    @Help(
        "Weight of good answers. With unequal numbers of both kinds, choose the weights such that"
            + " weight times number of good answers is 1 to 4/3 of that of bad ones.")
    @WithDefault("1.0")
    @Within("(0, ∞)")
    double desirableWeight();

    @Help("Weight of bad answers.")
    @WithDefault("1.0")
    @Within("(0, ∞)")
    double undesirableWeight();
  }
}
