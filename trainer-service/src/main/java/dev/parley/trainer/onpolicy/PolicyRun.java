package dev.parley.trainer.onpolicy;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.SoleLearner;
import java.util.List;
import java.util.Optional;

/**
 * A run of a recipe whose policy is the only model that learns.
 *
 * @param settings of the run
 * @param dynamic whether some groups are replaced
 * @param maker makes what learns from answers
 */
public record PolicyRun(
    OnPolicySettings settings, DynamicSampling dynamic, PolicyUpdate.Maker maker) {

  /** Opens model and files, and says what {@link #run} would do. */
  public Plan plan() {
    OnPolicyConfig config = settings.config();
    LearningData<EncodedPrompt> prompts = settings.read();
    MemoryPrediction memory = memory(prompts);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.openLanguage(config)) {
      int answers = settings.prompts().perUpdate() * settings.samples();
      return LearningModel.describe(Plan.empty(), "policy", model, Heads.LANGUAGE, config)
          .with("prompts", prompts.train().size())
          .with("left out", prompts.describeLeftOut())
          .with(
              "answers per update",
              answers
                  + " of at most "
                  + config.sampling().maxNewTokens()
                  + " tokens, "
                  + settings.samples()
                  + " to a prompt")
          .with("updates", settings.updates().updates())
          .with("optimizer steps", settings.steps())
          .with(memory);
    }
  }

  private MemoryPrediction memory(LearningData<EncodedPrompt> prompts) {
    OnPolicyConfig config = settings.config();
    return SharedSettings.memory(
        config,
        List.of(SharedSettings.size(config, config.model().path(), Heads.LANGUAGE)),
        List.of(settings.largestStep(prompts.train(), 1)));
  }

  /**
   * Trains.
   *
   * @param context the run
   * @return whether all updates were made
   */
  public boolean run(RunContext context) {
    OnPolicyConfig config = settings.config();
    context.log().progress("reading prompts", 0, 0, "prompts", 0);
    LearningData<EncodedPrompt> prompts = settings.read();
    context.warnOfLeftOut(prompts);
    context.warnOfMemory(config, memory(prompts));
    CheckpointStore checkpoints =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? checkpoints.latest() : Optional.empty();
    ModelDirectory origin = SharedSettings.origin(config);
    PolicyState state =
        resumed
            .map(checkpoint -> checkpoint.state(PolicyState.class))
            .orElseGet(() -> PolicyState.of(settings.start(origin.digest()), AdamW.State.INITIAL));
    context
        .log()
        .started(
            settings.recipe(),
            context.configuration(),
            settings.updates().updates(),
            state.update());
    SoleLearner sole =
        new SoleLearner(PolicyLesson.POLICY, Heads.LANGUAGE, config, config.optimizer());
    try (Learner learner = sole.open(origin, settings.steps(), resumed, state.optimizer());
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learner.workers());
        RolloutExchange exchange = settings.exchange(context, state.standing())) {
      PolicyLesson lesson =
          new PolicyLesson(learner, origin, maker.of(context, learner, accumulation));
      OnPolicyLoop loop =
          new OnPolicyLoop(
              settings,
              context,
              lesson,
              accumulation,
              exchange,
              new PromptSchedule(settings, context.id(), prompts.train()),
              dynamic,
              checkpoints);
      boolean complete = loop.run(state.standing(), resumed.isPresent());
      if (complete) {
        LearningModel.write(learner.master(), origin, config, context.directory());
      }
      return complete;
    }
  }
}
