package dev.parley.trainer.recipe.reinforce;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.policygradient.PolicyGradient;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.grpo.GrpoLoss;
import dev.parley.trainer.rl.GroupAdvantage;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlEstimator;
import dev.parley.trainer.rl.KlRewards;
import dev.parley.trainer.rl.MaskedStatistics;
import dev.parley.trainer.rl.Returns;

/**
 * REINFORCE++ (Hu 2025, arXiv:2501.03262), with and without the group's mean as a baseline. See
 * {@code docs/recipes/reinforce++.md}.
 */
public final class ReinforceRecipe implements Recipe<ReinforceConfig> {

  @Override
  public Class<ReinforceConfig> configuration() {
    return ReinforceConfig.class;
  }

  @Override
  public void check(ReinforceConfig config, Problems problems) {
    settings(config).check(problems);
    boolean group = config.reinforce().baseline() == ReinforceConfig.Baseline.GROUP;
    problems.require(
        !group || config.prompts().samples() > 1,
        "reinforce.baseline is group, but prompts.samples is 1; give at least 2 answers per"
            + " prompt");
    problems.require(
        !group || config.reinforce().gamma() == 1,
        "reinforce.gamma is "
            + config.reinforce().gamma()
            + ", but with reinforce.baseline=group all tokens of an answer get the same advantage;"
            + " use 1");
  }

  @Override
  public Plan plan(ReinforceConfig config) {
    return of(config).plan();
  }

  @Override
  public boolean run(ReinforceConfig config, RunContext context) {
    return of(config).run(context);
  }

  private static OnPolicySettings settings(ReinforceConfig config) {
    return new OnPolicySettings(
        "reinforce++",
        "reinforce",
        config,
        config.prompts(),
        config.reinforce(),
        config.reward(),
        config.kl(),
        config.kl().coefficient());
  }

  private static PolicyRun of(ReinforceConfig config) {
    return PolicyGradient.run(
        settings(config), config.reinforce(), DynamicSampling.NONE, new Method(config));
  }

  /**
   * What REINFORCE++ makes of answers.
   *
   * @param config the settings
   */
  record Method(ReinforceConfig config) implements PolicyMethod {

    /** Returns of tokens, or what an answer has more than its group, whitened over all tokens. */
    @Override
    public float[][] advantages(Answers answers) {
      boolean[][] mask = answers.mask();
      float[][] kl =
          Kl.perToken(KlEstimator.K1, answers.logProbs(), answers.referenceLogProbs(), mask);
      float[][] rewards = KlRewards.penalty(kl, mask, config.kl().coefficient());
      for (int b = 0; b < rewards.length; b++) {
        rewards[b][rewards[b].length - 1] += answers.rewards()[b];
      }
      float[][] returns =
          switch (config.reinforce().baseline()) {
            case NONE -> Returns.discounted(rewards, mask, config.reinforce().gamma());
            case GROUP -> Returns.spread(aboveGroup(rewards, answers), mask);
          };
      return MaskedStatistics.whiten(returns, mask);
    }

    private static float[] aboveGroup(float[][] rewards, Answers answers) {
      double[] sums = Kl.perSequence(rewards, answers.mask());
      float[] whole = new float[sums.length];
      for (int b = 0; b < whole.length; b++) {
        whole[b] = (float) sums[b];
      }
      return GroupAdvantage.groupRelative(whole, answers.groups(), GroupAdvantage.Scale.NONE, 0);
    }

    /** PPO's clipped loss, every token counting the same. */
    @Override
    public LossTerm loss(Packed packed) {
      GrpoLoss.Settings settings =
          new GrpoLoss.Settings(
              GrpoLoss.Variant.DAPO,
              GrpoLoss.Level.TOKEN,
              config.reinforce().clipLow(),
              config.reinforce().clipHigh(),
              Double.POSITIVE_INFINITY,
              0,
              false);
      return GrpoLoss.of(packed, settings);
    }

    @Override
    public boolean klInReward() {
      return true;
    }
  }
}
