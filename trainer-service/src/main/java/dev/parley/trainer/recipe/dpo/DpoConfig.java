package dev.parley.trainer.recipe.dpo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.preference.FDivergence;
import dev.parley.trainer.preference.PairVariant;
import dev.parley.trainer.preference.PreferenceConfig;
import io.smallrye.config.WithDefault;

/** Settings of direct preference optimisation. */
public interface DpoConfig extends PreferenceConfig {

  /** The frozen model. */
  Reference reference();

  /** The recipe's own settings. */
  Dpo dpo();

  /** The recipe's own settings. */
  interface Dpo extends LabelPasses {

    @Help("Loss of a pair; the page of the recipe has the formulas.")
    @WithDefault("sigmoid")
    PairVariant variant();

    @Help("β: the smaller, the further the policy may go from the reference.")
    @WithDefault("0.1")
    @Within("(0, ∞)")
    double beta();

    @Help(
        "ε: the share of labels that are thought wrong. With sigmoid this is conservative DPO"
            + " (cDPO); also for robust and, above 0, exo-pair.")
    @WithDefault("0.0")
    @Within("[0, 0.5)")
    double labelSmoothing();

    @Help("What holds the policy to the reference (f-DPO), for losses of the difference h.")
    @WithDefault("reverse-kl")
    FDivergence divergence();

    @Help("Leave the reference out of h; rewards are still measured against it.")
    @WithDefault("false")
    boolean referenceFree();

    @Help(
        "sum: log-ratios are of whole answers. mean: per token, so that length does not count."
            + " auto: mean for ipo, sum for all others.")
    @WithDefault("auto")
    LogRatio logRatio();

    @Help(
        "Coefficient of the chosen answers' negative log-probability per token, which keeps them"
            + " from becoming unlikely (RPO, Pang et al. 2024).")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double sftCoefficient();

    /** Over what log-ratios are taken. */
    enum LogRatio {
      /** As the variant is published. */
      AUTO,
      /** Whole answers. */
      SUM,
      /** Tokens. */
      MEAN
    }
  }
}
