package dev.parley.trainer.recipe.rloo;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.PolicyGradient;
import dev.parley.trainer.policygradient.PolicyGradientSettings;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.rl.GroupAdvantage;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlEstimator;
import dev.parley.trainer.rl.Returns;

/**
 * REINFORCE leave-one-out (Ahmadian et al. 2024, arXiv:2402.14740): the whole answer is one action,
 * and the other answers to the prompt are its baseline. See {@code docs/recipes/rloo.md}.
 */
public final class RlooRecipe implements Recipe<RlooConfig> {

  @Override
  public Class<RlooConfig> configuration() {
    return RlooConfig.class;
  }

  @Override
  public void check(RlooConfig config, Problems problems) {
    settings(config).check(problems);
  }

  @Override
  public Plan plan(RlooConfig config) {
    return of(config).plan();
  }

  @Override
  public boolean run(RlooConfig config, RunContext context) {
    return of(config).run(context);
  }

  private static PolicyGradientSettings settings(RlooConfig config) {
    return PolicyGradientSettings.of(
        "rloo", "rloo", config, config.prompts(), config.rloo(), config.reward(), config.kl());
  }

  private static PolicyRun of(RlooConfig config) {
    return PolicyGradient.run(settings(config), DynamicSampling.NONE, new Method(config));
  }

  /**
   * What RLOO makes of answers.
   *
   * @param config the settings
   */
  record Method(RlooConfig config) implements PolicyMethod {

    /** The reward less β·KL, less the mean of the same over the other answers. */
    @Override
    public Estimate estimate(Answers answers) {
      double[] kl =
          Kl.perSequence(
              Kl.perToken(
                  KlEstimator.K1, answers.logProbs(), answers.referenceLogProbs(), answers.mask()),
              answers.mask());
      float[] rewards = answers.rewards().clone();
      for (int b = 0; b < rewards.length; b++) {
        rewards[b] -= (float) (answers.beta() * kl[b]);
      }
      float[] advantages = GroupAdvantage.leaveOneOut(rewards, answers.groups());
      if (config.rloo().normalizeAdvantages()) {
        advantages = GroupAdvantage.standardize(advantages, GroupAdvantage.EPSILON);
      }
      return Estimate.of(Returns.spread(advantages, answers.mask()));
    }

    /** The clipped loss of whole answers. */
    @Override
    public LossTerm loss(Packed packed) {
      NDArray corrections = packed.manager().create(packed.corrections());
      return RlooLoss.of(
          packed.logProbs(),
          packed.rows().sums(packed.oldLogProbs()),
          // Both are the same on every token of an answer. Weights of at least 0 may stand before
          // or behind the minimum of plain and clipped objective.
          packed.rows().means(packed.advantages().mul(corrections)),
          packed.rows(),
          packed.counts().sequences(),
          Clip.of(config.rloo()));
    }

    @Override
    public boolean klInReward() {
      return true;
    }

    @Override
    public ImportanceCorrection.Level corrected() {
      return ImportanceCorrection.Level.SEQUENCE;
    }
  }
}
