package dev.parley.trainer.recipe.rloo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import io.smallrye.config.WithDefault;

/** Settings of RLOO. Defaults follow TRL. */
public interface RlooConfig extends OnPolicyConfig {

  /** Prompts. */
  Groups prompts();

  /** The KL to the reference. */
  Penalty kl();

  /** What becomes of scores. */
  Reward reward();

  /** The recipe's own settings. */
  Rloo rloo();

  /** The KL to the reference. */
  interface Penalty extends KlPenalty {

    @Override
    @Help("β: what a nat of an answer's KL costs, in units of the score. 0 needs no reference.")
    @WithDefault("0.05")
    @Within("[0, ∞)")
    double coefficient();
  }

  /** The recipe's own settings. */
  interface Rloo extends Steps {

    @Help("Divide advantages by their deviation over the update, after taking their mean away.")
    @WithDefault("false")
    boolean normalizeAdvantages();

    @Override
    @Help("Ratios of answers below 1 − this are clipped.")
    @WithDefault("0.2")
    @Within("[0, 1]")
    double clipLow();

    @Override
    @Help("Ratios of answers above 1 + this are clipped.")
    @WithDefault("0.2")
    @Within("[0, ∞)")
    double clipHigh();
  }
}
