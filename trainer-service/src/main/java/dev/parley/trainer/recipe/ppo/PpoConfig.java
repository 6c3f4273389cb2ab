package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.critic.CriticConfig;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.recipe.sft.MixConfig;
import dev.parley.trainer.rl.KlEstimator;
import io.smallrye.config.WithDefault;

/** Settings of PPO. Defaults follow TRL and OpenRLHF where they agree. */
public interface PpoConfig extends OnPolicyConfig {

  /** Prompts. */
  Prompts prompts();

  /** The KL to the reference. */
  Penalty kl();

  /** What becomes of scores. */
  Reward reward();

  /** The value function. */
  CriticConfig value();

  /** Pre-training mix (Ouyang et al. 2022, eq. 2, "PPO-ptx"). */
  MixConfig ptx();

  /** The recipe's own settings. */
  Ppo ppo();

  /** The KL to the reference. */
  interface Penalty extends KlPenalty {

    @Help("k1 = log-ratio, k2 = its square / 2, k3 = low-variance (Schulman 2020).")
    @WithDefault("k1")
    KlEstimator estimator();

    @Help("reward: taken from each token's reward. loss: added to the loss, with gradient.")
    @WithDefault("reward")
    Place place();

    @Help("In the loss, give the estimator k2's gradient, which is that of the KL.")
    @WithDefault("true")
    boolean straightThrough();
  }

  /** Where the KL enters. */
  enum Place {
    /** The rewards. */
    REWARD,
    /** The loss. */
    LOSS
  }

  /** What becomes of scores. */
  interface Reward extends OnPolicyConfig.Reward {

    @Override
    @Help("Subtracted from the score of an answer that did not end by itself.")
    @WithDefault("1.0")
    @Within("[0, ∞)")
    double missingEosPenalty();

    @Help("Divide rewards by their deviation over the batch, keeping the mean.")
    @WithDefault("false")
    boolean whiten();
  }

  /** The recipe's own settings. */
  interface Ppo extends Steps {

    @Override
    @Help("Passes over each batch.")
    @WithDefault("4")
    @Within("[1, ∞)")
    int epochs();

    @Help("Bound of the loss at negative advantages, above 1 (Ye et al. 2020); 0 switches it off.")
    @WithDefault("0.0")
    @Within("0 | (1, ∞)")
    double dualClip();

    @Help("How tokens' losses are put together.")
    @WithDefault("token-mean")
    Aggregation aggregation();

    @Help("Discount γ per token.")
    @WithDefault("1.0")
    @Within("[0, 1]")
    double gamma();

    @Help("λ of generalised advantage estimation.")
    @WithDefault("0.95")
    @Within("[0, 1]")
    double lambda();

    @Help("Whiten advantages over the update's tokens.")
    @WithDefault("true")
    boolean whitenAdvantages();
  }
}
