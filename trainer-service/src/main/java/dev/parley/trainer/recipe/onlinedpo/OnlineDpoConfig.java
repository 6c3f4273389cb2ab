package dev.parley.trainer.recipe.onlinedpo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.preference.PairVariant;
import io.smallrye.config.WithDefault;

/** Settings of online DPO. */
public interface OnlineDpoConfig extends OnPolicyConfig {

  /** Prompts. */
  Prompts prompts();

  /** The reference. */
  Kl kl();

  /** What becomes of scores. */
  Reward reward();

  /** The recipe's own settings. */
  OnlineDpo onlineDpo();

  /** Prompts. */
  interface Prompts extends OnPolicyConfig.Prompts {

    @Override
    @Help("Answers per prompt, of which the best and the worst make a pair.")
    @WithDefault("2")
    @Within("[2, ∞)")
    int samples();
  }

  /** The recipe's own settings. */
  interface OnlineDpo extends Updates {

    @Override
    @Help("Passes over each update's pairs.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Loss of a pair; the page of the recipe dpo has the formulas.")
    @WithDefault("sigmoid")
    PairVariant variant();

    @Help("β: the smaller, the further the policy may go from the reference.")
    @WithDefault("0.1")
    @Within("(0, ∞)")
    double beta();

    @Help("Pairs whose rewards differ by less are left out; ties always are.")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double leastMargin();
  }
}
