package dev.parley.trainer.recipe.rejection;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyRun;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;

/**
 * Rejection sampling fine-tuning in rounds (Touvron et al. 2023, arXiv:2307.09288). See {@code
 * docs/recipes/rejection-sampling.md}.
 */
public final class RejectionRecipe implements Recipe<RejectionConfig> {

  @Override
  public Class<RejectionConfig> configuration() {
    return RejectionConfig.class;
  }

  @Override
  public void check(RejectionConfig config, Problems problems) {
    settings(config).check(problems);
  }

  @Override
  public Plan plan(RejectionConfig config) {
    return of(config).plan();
  }

  @Override
  public boolean run(RejectionConfig config, RunContext context) {
    return of(config).run(context);
  }

  private static OnPolicySettings settings(RejectionConfig config) {
    return new OnPolicySettings(
        "rejection-sampling",
        "rejection",
        config,
        config.prompts(),
        config.rejection(),
        config.reward(),
        config.kl(),
        0);
  }

  private static PolicyRun of(RejectionConfig config) {
    OnPolicySettings settings = settings(config);
    return new PolicyRun(
        settings,
        DynamicSampling.NONE,
        (context, learner, accumulation, beta) ->
            new Round(config, settings, context, learner, accumulation));
  }
}
