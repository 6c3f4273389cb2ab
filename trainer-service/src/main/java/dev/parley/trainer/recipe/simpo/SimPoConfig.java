package dev.parley.trainer.recipe.simpo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.preference.PreferenceConfig;
import io.smallrye.config.WithDefault;

/** Settings of simple preference optimisation. */
public interface SimPoConfig extends PreferenceConfig {

  /** The recipe's own settings. */
  SimPo simpo();

  /** The recipe's own settings. */
  interface SimPo extends LabelPasses {

    @Help(
        "simpo: log-probabilities per token, with a margin γ. sigmoid, hinge: of whole answers"
            + " (CPO).")
    @WithDefault("simpo")
    SimPoLoss.Variant variant();

    @Help("β: scale of the log-probabilities in the loss.")
    @WithDefault("2.0")
    @Within("(0, ∞)")
    double beta();

    @Help("γ: by how much β times the difference is to exceed 0; for simpo.")
    @WithDefault("1.0")
    @Within("[0, ∞)")
    double gamma();

    @Help("ε: the share of labels that are thought wrong; not for hinge.")
    @WithDefault("0.0")
    @Within("[0, 0.5)")
    double labelSmoothing();

    @Help("α of AlphaPO, which shapes log-probabilities x as (1 − e^(−αx)) / α; 0 leaves them.")
    @WithDefault("0.0")
    double alpha();

    @Help("Coefficient of the chosen answers' negative log-probability per token; CPO has 1.")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double sftCoefficient();
  }
}
