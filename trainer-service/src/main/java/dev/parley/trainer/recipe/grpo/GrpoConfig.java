package dev.parley.trainer.recipe.grpo;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.rl.GroupAdvantage;
import io.smallrye.config.WithDefault;

/** Settings of GRPO. Defaults follow TRL. */
public interface GrpoConfig extends OnPolicyConfig {

  /** Prompts. */
  Groups prompts();

  /** The KL to the reference. */
  Penalty kl();

  /** What becomes of scores. */
  Reward reward();

  /** The recipe's own settings. */
  Grpo grpo();

  /** The KL to the reference. */
  interface Penalty extends KlPenalty {

    @Override
    @Help("β of the k3 estimate in the loss. 0 needs no reference.")
    @WithDefault("0.04")
    @Within("[0, ∞)")
    double coefficient();

    @Help("Weigh a token's KL with its ratio, which makes the gradient unbiased off policy.")
    @WithDefault("false")
    boolean unbiased();
  }

  /** The recipe's own settings. */
  interface Grpo extends Steps {

    @Help(
        "grpo: every answer counts the same. bnpo, dapo: every token. dr-grpo: divided by"
            + " sampling.max-new-tokens. cispo: clipped ratios as weights. sapo: a smooth gate.")
    @WithDefault("dapo")
    GrpoLoss.Variant loss();

    @Help("What one ratio covers: token, or sequence (GSPO; Zheng et al. 2025).")
    @WithDefault("token")
    GrpoLoss.Level ratio();

    @Help(
        "What advantages are divided by: deviation of the group, of the batch, or none (Dr. GRPO).")
    @WithDefault("group")
    GroupAdvantage.Scale scale();

    @Override
    @Help("Ratios below 1 − this are clipped. GSPO wants about 3e-4.")
    @WithDefault("0.2")
    @Within("[0, 1]")
    double clipLow();

    @Override
    @Help(
        "Ratios above 1 + this are clipped; 0.28 in DAPO's clip-higher, about 4e-4 in GSPO. With"
            + " cispo the greatest weight itself.")
    @WithDefault("0.2")
    @Within("[0, ∞)")
    double clipHigh();

    @Help("Ratios above this are cut at negative advantages (two-sided clip); 0 switches it off.")
    @WithDefault("0.0")
    @Within("0 | (1, ∞)")
    double delta();

    @Help(
        "How often an update may ask other prompts in place of those whose answers all have the"
            + " same score (DAPO's dynamic sampling); 0 learns from what comes.")
    @WithDefault("0")
    @Within("[0, 1000]")
    int dynamicSamplingRounds();
  }
}
