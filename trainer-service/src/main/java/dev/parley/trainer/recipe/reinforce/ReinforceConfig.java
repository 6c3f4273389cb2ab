package dev.parley.trainer.recipe.reinforce;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import io.smallrye.config.WithDefault;

/** Settings of REINFORCE++. Defaults follow OpenRLHF. */
public interface ReinforceConfig extends OnPolicyConfig {

  /** Prompts. */
  Prompts prompts();

  /** The KL to the reference. */
  Penalty kl();

  /** What becomes of scores. */
  Reward reward();

  /** The recipe's own settings. */
  Reinforce reinforce();

  /** The KL to the reference. */
  interface Penalty extends KlPenalty {

    @Override
    @Help("β: what a nat of a token's KL costs, in units of the score. 0 needs no reference.")
    @WithDefault("0.01")
    @Within("[0, ∞)")
    double coefficient();
  }

  /** The recipe's own settings. */
  interface Reinforce extends Steps {

    @Help("Discount γ per token; of no use with a baseline.")
    @WithDefault("1.0")
    @Within("[0, 1]")
    double gamma();

    @Help(
        "none: returns are whitened over the update. group: the mean of a prompt's answers is taken"
            + " away before (REINFORCE++-baseline).")
    @WithDefault("none")
    Baseline baseline();
  }

  /** What an answer is held against before whitening. */
  enum Baseline {
    /** Nothing. */
    NONE,
    /** The other answers to its prompt. */
    GROUP
  }
}
