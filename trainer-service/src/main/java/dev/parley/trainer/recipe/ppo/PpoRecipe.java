package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.critic.ActorCritic;
import dev.parley.trainer.critic.ActorCriticSettings;
import dev.parley.trainer.critic.ActorCriticSetup;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.Lesson;
import dev.parley.trainer.onpolicy.OnPolicyRun;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.sft.PretrainingMix;
import java.util.List;
import java.util.Locale;
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
  public static OnPolicySettings settings(PpoConfig config) {
    return new OnPolicySettings(
        "ppo",
        "ppo",
        config,
        config.prompts(),
        config.ppo(),
        config.reward(),
        config.kl(),
        config.kl().coefficient());
  }

  @Override
  public void check(PpoConfig config, Problems problems) {
    settings(config).check(problems);
    problems.require(
        config.kl().controller() == PpoConfig.KlPenalty.Controller.FIXED
            || config.kl().coefficient() > 0,
        "kl.controller is adaptive, but from kl.coefficient=0 nothing can rise; start above 0");
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
    OnPolicySettings settings = settings(config);
    ActorCriticSettings models = new ActorCriticSettings(config, config.value());
    return new OnPolicyRun<>(
        settings, DynamicSampling.NONE, new PpoSetup(config, settings, models, mix));
  }

  /** A policy, its value function, and perhaps demonstrations. */
  private record PpoSetup(
      PpoConfig config,
      OnPolicySettings settings,
      ActorCriticSettings models,
      Optional<PretrainingMix> mix)
      implements ActorCriticSetup {

    @Override
    public List<MemoryPrediction.Step> otherSteps() {
      return mix.map(PretrainingMix::largestStep).stream().toList();
    }

    @Override
    public Plan describe(Plan plan) {
      Plan value =
          plan.with("value function", config.value().trunk().name().toLowerCase(Locale.ROOT));
      return mix.map(demonstrations -> value.with("demonstrations", demonstrations.describe()))
          .orElse(value);
    }

    @Override
    public Lesson lesson(
        RunContext context,
        ActorCritic learners,
        Accumulation accumulation,
        Optional<Checkpoint> resumed) {
      double beta = ActorCriticSetup.klCoefficient(config.kl().coefficient(), resumed);
      return new PpoLesson(config, context, learners, accumulation, mix, beta);
    }
  }
}
