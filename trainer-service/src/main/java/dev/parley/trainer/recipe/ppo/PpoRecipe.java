package dev.parley.trainer.recipe.ppo;

import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.DynamicSampling;
import dev.parley.trainer.onpolicy.OnPolicyLoop;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PromptSchedule;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Proximal policy optimisation against a reward under a KL penalty (Schulman et al. 2017; Ziegler
 * et al. 2019; Ouyang et al. 2022). See {@code docs/recipes/ppo.md}.
 *
 * <p>Policies answer prompts elsewhere; this recipe asks, waits, learns, and publishes new weights.
 * A run that is killed goes on from its newest checkpoint as if nothing had happened: every number
 * that it draws is a function of the seed and the update, and rollouts are read again from the log.
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
        config.prompts().samples(),
        config.ppo(),
        config.ppo().epochs(),
        config.reward(),
        config.kl(),
        config.kl().coefficient());
  }

  /** Returns what becomes of scores. */
  static RewardShaping shaping(PpoConfig config) {
    return RewardShaping.of(settings(config), config.reward(), config.reward().missingEosPenalty());
  }

  @Override
  public void check(PpoConfig config, Problems problems) {
    settings(config).check(problems);
    RewardShaping.check(settings(config), config.reward(), problems);
    boolean shared = config.value().trunk() == PpoConfig.Value.Trunk.SHARED;
    problems.require(
        config.kl().controller() == PpoConfig.KlPenalty.Controller.FIXED
            || config.kl().coefficient() > 0,
        "kl.controller is adaptive, but from kl.coefficient=0 nothing can rise; start above 0");
    config
        .value()
        .path()
        .ifPresent(
            path ->
                SharedSettings.checkLayers(config, "value.path", path, Optional.empty(), problems));
    problems.require(
        !shared || config.value().path().isEmpty(),
        "value.path names a value model, but value.trunk=shared has none; use separate");
    problems.require(
        !shared || config.value().warmUpUpdates() == 0 || config.optimizer().weightDecay() == 0,
        "value.warm-up-updates with value.trunk=shared needs optimizer.weight-decay=0, or the decay"
            + " would change the policy that is to stand still");
    problems.require(
        config.ptx().coefficient() == 0 || config.ptx().files().isPresent(),
        "ptx.files is missing; ptx.coefficient=" + config.ptx().coefficient() + " needs it");
  }

  @Override
  public Plan plan(PpoConfig config) {
    LearningData<EncodedPrompt> prompts = settings(config).read();
    Optional<LearningData<LearningSequence>> demonstrations = demonstrations(config);
    MemoryPrediction memory = memory(config, prompts, demonstrations);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.openLanguage(config)) {
      int answers = config.prompts().perUpdate() * config.prompts().samples();
      Plan plan =
          LearningModel.describe(
                  Plan.empty(), "policy", model, ActorCritic.policy(config).heads(), config)
              .with("value function", config.value().trunk().name().toLowerCase(Locale.ROOT))
              .with("prompts", prompts.train().size())
              .with("left out", prompts.describeLeftOut());
      if (demonstrations.isPresent()) {
        plan =
            plan.with(
                "demonstrations",
                demonstrations.get().train().size()
                    + ", left out: "
                    + demonstrations.get().describeLeftOut());
      }
      return plan.with(
              "answers per update",
              answers + " of at most " + config.sampling().maxNewTokens() + " tokens")
          .with("updates", config.ppo().updates())
          .with("optimizer steps", settings(config).steps())
          .with(memory);
    }
  }

  private static MemoryPrediction memory(
      PpoConfig config,
      LearningData<EncodedPrompt> prompts,
      Optional<LearningData<LearningSequence>> demonstrations) {
    boolean shared = config.value().trunk() == PpoConfig.Value.Trunk.SHARED;
    Path policy = config.model().path();
    List<MemoryPrediction.Model> models = new ArrayList<>();
    models.add(
        SharedSettings.size(config, policy, shared ? Heads.LANGUAGE_AND_VALUE : Heads.LANGUAGE));
    if (!shared) {
      models.add(SharedSettings.size(config, config.value().path().orElse(policy), Heads.SCORE));
    }
    List<MemoryPrediction.Step> steps = new ArrayList<>();
    steps.add(settings(config).largestStep(prompts.train(), models.size()));
    demonstrations.ifPresent(
        data -> steps.add(MemoryPrediction.Step.largest(data.train(), config.ptx().batchSize())));
    return SharedSettings.memory(config, models, steps);
  }

  @Override
  public boolean run(PpoConfig config, RunContext context) {
    OnPolicySettings settings = settings(config);
    context.log().progress("reading prompts", 0, 0, "prompts", 0);
    LearningData<EncodedPrompt> prompts = settings.read();
    context.warnOfLeftOut(prompts);
    PromptSchedule schedule = new PromptSchedule(settings, context.id(), prompts.train());
    Optional<LearningData<LearningSequence>> demonstrations = demonstrations(config);
    demonstrations.ifPresent(context::warnOfLeftOut);
    context.warnOfMemory(config, memory(config, prompts, demonstrations));
    CheckpointStore checkpoints =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? checkpoints.latest() : Optional.empty();
    PpoState state =
        resumed.map(c -> c.state(PpoState.class)).orElseGet(() -> initialState(config));
    context.log().started("ppo", context.configuration(), config.ppo().updates(), state.update());
    long steps = settings.steps();
    try (ActorCritic models =
            resumed
                .map(c -> ActorCritic.resume(c, state, config, steps))
                .orElseGet(() -> ActorCritic.start(config, steps));
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), models.actor().workers());
        RolloutExchange exchange = settings.exchange(context, state.standing())) {
      PpoLesson lesson =
          new PpoLesson(
              config,
              context,
              models,
              accumulation,
              demonstrations.map(LearningData::train).orElse(List.of()),
              state.klCoefficient());
      OnPolicyLoop loop =
          new OnPolicyLoop(
              settings,
              context,
              lesson,
              accumulation,
              exchange,
              schedule,
              DynamicSampling.NONE,
              checkpoints);
      boolean complete = loop.run(state.standing(), resumed.isPresent());
      if (complete) {
        LearningModel.write(models.actor().master(), models.origin(), config, context.directory());
      }
      return complete;
    }
  }

  private static PpoState initialState(PpoConfig config) {
    Standing start = settings(config).start(SharedSettings.origin(config).digest());
    return new PpoState(
        0,
        AdamW.State.INITIAL,
        AdamW.State.INITIAL,
        config.kl().coefficient(),
        start.place(),
        start.published(),
        0);
  }

  /** Reads the demonstrations of the pre-training mix, if there is one. */
  private static Optional<LearningData<LearningSequence>> demonstrations(PpoConfig config) {
    if (config.ptx().coefficient() == 0) {
      return Optional.empty();
    }
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return Optional.of(
          LearningData.demonstrations(
              new LearningData.Source(
                  config.ptx().files().orElseThrow(),
                  config.ptx().skipBad(),
                  new Split(0, config.run().seed()),
                  Math.min(config.ptx().maxTokens(), SharedSettings.longestSequence(config))),
              encoder));
    }
  }
}
