package dev.parley.trainer.recipe.awr;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.rl.GroupAdvantage;
import io.smallrye.config.WithDefault;

/** Settings of advantage-weighted regression. */
public interface AwrConfig extends OfflineConfig {

  /** Which rollouts to learn from. */
  Rollouts rollouts();

  /** The recipe's own settings. */
  Awr awr();

  /** Which rollouts to learn from. */
  interface Rollouts {

    @Help("The run whose committed rollouts are learnt from; they are read from run.kafka.")
    String run();

    @Help("Share of the prompts kept out of training for evaluation, chosen by run.seed.")
    @WithDefault("0.05")
    @Within("[0, 1)")
    double heldOut();

    @Help("Most tokens of prompt and answer; longer ones are left out and counted.")
    @WithDefault("1024")
    @Within("[2, ∞)")
    int maxTokens();
  }

  /** The recipe's own settings. */
  interface Awr extends Passes {

    @Help("β, the temperature: the smaller, the more the better answers count.")
    @WithDefault("1.0")
    @Within("(0, ∞)")
    double beta();

    @Help("w_max: larger weights are cut to it.")
    @WithDefault("20.0")
    @Within("[1, ∞)")
    double maxWeight();

    @Help(
        "What is subtracted from a score. group: the mean of the answers to the prompt (an answer"
            + " without another has weight 1). all: the mean of all answers.")
    @WithDefault("group")
    Baseline baseline();

    @Help(
        "What advantages are divided by: the standard deviation of the group, of the batch (here:"
            + " of all answers), or none.")
    @WithDefault("batch")
    GroupAdvantage.Scale scale();
  }

  /** What is subtracted from a score. */
  enum Baseline {
    /** The mean of the answers to the same prompt. */
    GROUP,
    /** The mean of all answers. */
    ALL
  }
}
