package dev.parley.trainer.recipe.reinforce;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.PolicyGradient;
import dev.parley.trainer.policygradient.PolicyGradientSettings;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.policygradient.Ratio;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
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

  private static PolicyGradientSettings settings(ReinforceConfig config) {
    return PolicyGradientSettings.of(
        "reinforce++",
        "reinforce",
        config,
        config.prompts(),
        config.reinforce(),
        config.reward(),
        config.kl());
  }

  private static PolicyRun of(ReinforceConfig config) {
    return PolicyGradient.run(settings(config), DynamicSampling.NONE, new Method(config));
  }

  /**
   * What REINFORCE++ makes of answers.
   *
   * @param config the settings
   */
  record Method(ReinforceConfig config) implements PolicyMethod {

    /** Returns of tokens, or what an answer has more than its group, whitened over all tokens. */
    @Override
    public Estimate estimate(Answers answers) {
      boolean[][] mask = answers.mask();
      float[][] kl =
          Kl.perToken(KlEstimator.K1, answers.logProbs(), answers.referenceLogProbs(), mask);
      float[][] rewards = KlRewards.withScores(kl, mask, answers.beta(), answers.rewards());
      float[][] returns =
          switch (config.reinforce().baseline()) {
            case NONE -> Returns.discounted(rewards, mask, config.reinforce().gamma());
            case GROUP -> Returns.spread(aboveGroup(rewards, answers), mask);
          };
      return Estimate.of(MaskedStatistics.whiten(returns, mask));
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
      Clip clip = Clip.of(config.reinforce());
      NDArray advantages = packed.advantages();
      NDArray ratio = Ratio.of(packed.logProbs(), packed.oldLogProbs()).value();
      NDArray loss =
          clip.losses(ratio, advantages).mul(packed.weights(Aggregation.TOKEN_MEAN)).sum();

      float[] share = Aggregation.TOKEN_MEAN.weights(packed.rows(), packed.counts());
      Metrics.Reader metrics = Metrics.read();
      metrics.sum(ReinforceMetrics.LOSS, loss.stopGradient());
      clip.measure(metrics, ratio.stopGradient(), advantages, packed.manager().create(share));
      return new LossTerm(loss, metrics.now());
    }

    @Override
    public boolean klInReward() {
      return true;
    }
  }
}
