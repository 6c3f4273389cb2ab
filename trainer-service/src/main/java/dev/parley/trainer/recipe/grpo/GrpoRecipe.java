package dev.parley.trainer.recipe.grpo;

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
import dev.parley.trainer.rl.Returns;

/**
 * Group relative policy optimisation (Shao et al. 2024, arXiv:2402.03300) and its relatives: BNPO,
 * DAPO, Dr. GRPO, GSPO, CISPO, SAPO. See {@code docs/recipes/grpo.md}.
 *
 * <p>Several answers to each prompt; the advantage of one is its distance from their mean, and no
 * critic is learnt.
 */
public final class GrpoRecipe implements Recipe<GrpoConfig> {

  @Override
  public Class<GrpoConfig> configuration() {
    return GrpoConfig.class;
  }

  @Override
  public void check(GrpoConfig config, Problems problems) {
    settings(config).check(problems);
    GrpoConfig.Grpo grpo = config.grpo();
    problems.require(
        grpo.loss() != GrpoLoss.Variant.CISPO || grpo.clipHigh() >= 1,
        "grpo.clip-high is "
            + grpo.clipHigh()
            + ", but with grpo.loss=cispo it is the greatest weight of a token; give at least 1 (5"
            + " is usual)");
    problems.require(
        grpo.delta() == 0 || grpo.delta() > 1 + grpo.clipHigh(),
        "grpo.delta is "
            + grpo.delta()
            + "; expected 0, or more than 1 + grpo.clip-high, which is "
            + (1 + grpo.clipHigh()));
  }

  @Override
  public Plan plan(GrpoConfig config) {
    return of(config).plan();
  }

  @Override
  public boolean run(GrpoConfig config, RunContext context) {
    return of(config).run(context);
  }

  private static PolicyGradientSettings settings(GrpoConfig config) {
    return PolicyGradientSettings.of(
        "grpo", "grpo", config, config.prompts(), config.grpo(), config.reward(), config.kl());
  }

  private static PolicyRun of(GrpoConfig config) {
    return PolicyGradient.run(
        settings(config),
        DynamicSampling.ofSpread(config.grpo().dynamicSamplingRounds()),
        new Method(config));
  }

  /**
   * What GRPO makes of answers.
   *
   * @param config the settings
   */
  record Method(GrpoConfig config) implements PolicyMethod {

    /** The distance from the mean of the group, on every token of the answer. */
    @Override
    public Estimate estimate(Answers answers) {
      float[] advantages =
          GroupAdvantage.groupRelative(
              answers.rewards(), answers.groups(), config.grpo().scale(), GroupAdvantage.EPSILON);
      return Estimate.of(Returns.spread(advantages, answers.mask()));
    }

    /** The clipped loss, and the KL to the reference. */
    @Override
    public LossTerm loss(Packed packed) {
      GrpoConfig.Grpo grpo = config.grpo();
      return GrpoLoss.of(
          packed,
          new GrpoLoss.Settings(
              grpo.loss(),
              grpo.ratio(),
              Clip.of(grpo).withDual(grpo.delta()),
              packed.beta(),
              config.kl().unbiased()));
    }
  }
}
