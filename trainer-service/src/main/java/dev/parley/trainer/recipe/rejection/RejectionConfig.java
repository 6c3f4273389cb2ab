package dev.parley.trainer.recipe.rejection;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import io.smallrye.config.WithDefault;
import java.util.OptionalDouble;

/** Settings of rejection sampling; an update is a round. */
public interface RejectionConfig extends OnPolicyConfig {

  /** Prompts. */
  Groups prompts();

  /** The KL to the reference, which is measured only. */
  Kl kl();

  /** What becomes of scores. */
  Reward reward();

  /** The recipe's own settings. */
  Rejection rejection();

  /** The recipe's own settings. */
  interface Rejection extends Updates {

    @Override
    @Help("Passes over the answers kept of each round.")
    @WithDefault("2")
    @Within("[1, ∞)")
    int epochs();

    @Help(
        "Share of the prompts whose best answers are learnt from, those of the best scores first.")
    @WithDefault("1.0")
    @Within("(0, 1]")
    double keep();

    @Help("Best answers of a lower score are not learnt from either: 1 keeps only what is right.")
    OptionalDouble leastScore();
  }
}
