package dev.parley.trainer.policygradient;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.rl.KlController;

/**
 * What policy gradients need to know of a recipe's settings.
 *
 * @param run what every recipe's loop needs to know
 * @param steps of the policy
 * @param kl what the KL to the reference costs
 */
public record PolicyGradientSettings(
    OnPolicySettings run, OnPolicyConfig.Steps steps, OnPolicyConfig.KlPenalty kl) {

  /**
   * Picks them.
   *
   * @param recipe its name, as users type it
   * @param group the name of its own group of settings
   * @param config all settings
   * @param prompts which prompts
   * @param steps of the policy
   * @param reward what becomes of scores
   * @param kl what the KL to the reference costs
   */
  public static PolicyGradientSettings of(
      String recipe,
      String group,
      OnPolicyConfig config,
      OnPolicyConfig.Prompts prompts,
      OnPolicyConfig.Steps steps,
      OnPolicyConfig.Reward reward,
      OnPolicyConfig.KlPenalty kl) {
    return new PolicyGradientSettings(
        new OnPolicySettings(recipe, group, config, prompts, steps, reward, kl, kl.coefficient()),
        steps,
        kl);
  }

  /**
   * Finds settings that contradict each other.
   *
   * @param problems takes what is wrong, naming the keys
   */
  public void check(Problems problems) {
    run.check(problems);
    problems.require(
        kl.controller() == OnPolicyConfig.Controller.FIXED || kl.coefficient() > 0,
        "kl.controller is adaptive, but from kl.coefficient=0 nothing can rise; start above 0");
  }

  /**
   * Returns what steers the KL's coefficient.
   *
   * @param inForce the coefficient that an adaptive one goes on from
   */
  KlController controller(double inForce) {
    return switch (kl.controller()) {
      case FIXED -> new KlController.Fixed(kl.coefficient());
      case ADAPTIVE -> new KlController.Adaptive(inForce, kl.target(), kl.horizon());
    };
  }
}
