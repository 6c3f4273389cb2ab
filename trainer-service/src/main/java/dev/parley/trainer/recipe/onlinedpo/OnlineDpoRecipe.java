package dev.parley.trainer.recipe.onlinedpo;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.preference.PairVariant;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;

/**
 * Online direct preference optimisation (Guo et al. 2024, arXiv:2402.04792). See {@code
 * docs/recipes/online-dpo.md}.
 */
public final class OnlineDpoRecipe implements Recipe<OnlineDpoConfig> {

  @Override
  public Class<OnlineDpoConfig> configuration() {
    return OnlineDpoConfig.class;
  }

  @Override
  public void check(OnlineDpoConfig config, Problems problems) {
    settings(config).check(problems);
    problems.require(
        config.onlineDpo().variant() != PairVariant.EXO_PAIR,
        "online-dpo.variant is exo-pair, which needs label smoothing, and scores need none; use"
            + " sigmoid");
  }

  @Override
  public Plan plan(OnlineDpoConfig config) {
    return of(config).plan();
  }

  @Override
  public boolean run(OnlineDpoConfig config, RunContext context) {
    return of(config).run(context);
  }

  private static OnPolicySettings settings(OnlineDpoConfig config) {
    return new OnPolicySettings(
        "online-dpo",
        "online-dpo",
        config,
        config.prompts(),
        config.onlineDpo(),
        config.reward(),
        config.kl(),
        config.onlineDpo().beta());
  }

  private static PolicyRun of(OnlineDpoConfig config) {
    OnPolicySettings settings = settings(config);
    return new PolicyRun(
        settings,
        DynamicSampling.NONE,
        (context, learner, accumulation, beta) ->
            new PairUpdate(config, settings, context, learner, accumulation));
  }
}
