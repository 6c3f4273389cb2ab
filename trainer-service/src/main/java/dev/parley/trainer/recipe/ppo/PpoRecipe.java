package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.critic.ActorCritic;
import dev.parley.trainer.critic.ActorCriticSettings;
import dev.parley.trainer.critic.ActorCriticSetup;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicyRun;
import dev.parley.trainer.policygradient.PolicyGradientSettings;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.sft.PretrainingMix;
import java.util.List;
import java.util.Optional;

/**
 * Proximal policy optimisation against a reward under a KL penalty (Schulman et al. 2017; Ziegler
 * et al. 2019; Ouyang et al. 2022). See {@code docs/recipes/ppo.md}.
 */
public final class PpoRecipe implements Recipe<PpoConfig> {

  @Override
  public Class<PpoConfig> configuration() {
    return PpoConfig.class;
  }

  /** Returns what the loop needs to know of the settings. */
  public static PolicyGradientSettings settings(PpoConfig config) {
    return PolicyGradientSettings.of(
        "ppo", "ppo", config, config.prompts(), config.ppo(), config.reward(), config.kl());
  }

  @Override
  public void check(PpoConfig config, Problems problems) {
    settings(config).check(problems);
    new ActorCriticSettings(config, config.value()).check(problems);
    problems.require(
        config.ptx().coefficient() == 0 || config.ptx().files().isPresent(),
        "ptx.files is missing; ptx.coefficient=" + config.ptx().coefficient() + " needs it");
  }

  @Override
  public Plan plan(PpoConfig config) {
    return of(config, PretrainingMix.read(config.ptx(), config)).plan();
  }

  @Override
  public boolean run(PpoConfig config, RunContext context) {
    Optional<PretrainingMix> mix = PretrainingMix.read(config.ptx(), config);
    mix.ifPresent(demonstrations -> context.warnOfLeftOut(demonstrations.data()));
    return of(config, mix).run(context);
  }

  private static OnPolicyRun<ActorCritic> of(PpoConfig config, Optional<PretrainingMix> mix) {
    PolicyGradientSettings settings = settings(config);
    ActorCriticSettings models = new ActorCriticSettings(config, config.value());
    PpoMethod method = new PpoMethod(config, mix);
    return new OnPolicyRun<>(
        settings.run(), DynamicSampling.NONE, new PpoSetup(settings, models, method));
  }

  /** A policy, its value function, and perhaps demonstrations. */
  private record PpoSetup(
      PolicyGradientSettings settings, ActorCriticSettings models, PpoMethod method)
      implements ActorCriticSetup {

    @Override
    public List<MemoryPrediction.Step> otherSteps() {
      return method.mix().map(PretrainingMix::largestStep).stream().toList();
    }

    @Override
    public Plan describe(Plan plan) {
      Plan both = ActorCriticSetup.super.describe(plan);
      return method.mix().map(mix -> both.with("demonstrations", mix.describe())).orElse(both);
    }
  }
}
