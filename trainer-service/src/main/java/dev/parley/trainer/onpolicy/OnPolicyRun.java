package dev.parley.trainer.onpolicy;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run that learns from its own answers, from its prompts to the finished model.
 *
 * @param settings of the run
 * @param dynamic whether some groups are replaced
 * @param setup what the recipe brings
 * @param <L> the models that learn
 */
public record OnPolicyRun<L extends Learners>(
    OnPolicySettings settings, DynamicSampling dynamic, Setup<L> setup) {

  /** Opens model and files, and says what {@link #run} would do. */
  public Plan plan() {
    OnPolicyConfig config = settings.config();
    LearningData<EncodedPrompt> prompts = settings.read();
    MemoryPrediction memory = memory(prompts);
    SharedSettings.requireRoom(config, memory);
    try (LanguageModel model = SharedSettings.openLanguage(config)) {
      int answers = settings.prompts().perUpdate() * settings.prompts().samples();
      Plan models = LearningModel.describe(Plan.empty(), "policy", model, setup.heads(), config);
      return setup
          .describe(models)
          .with("prompts", prompts.train().size())
          .with("left out", prompts.describeLeftOut())
          .with(
              "answers per update",
              answers
                  + " of at most "
                  + config.sampling().maxNewTokens()
                  + " tokens, "
                  + settings.prompts().samples()
                  + " to a prompt")
          .with("updates", settings.updates().updates())
          .with("optimizer steps", settings.steps())
          .warning(repeats(prompts))
          .with(memory);
    }
  }

  private Optional<String> repeats(LearningData<EncodedPrompt> prompts) {
    return EpochOrder.repeats(
        "prompts.per-update", settings.prompts().perUpdate(), prompts.train().size(), "prompts");
  }

  private MemoryPrediction memory(LearningData<EncodedPrompt> prompts) {
    List<MemoryPrediction.Model> models = setup.sizes();
    List<MemoryPrediction.Step> steps = new ArrayList<>();
    steps.add(settings.largestStep(prompts.train(), models.size()));
    steps.addAll(setup.otherSteps());
    return SharedSettings.memory(settings.config(), models, steps);
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
    context.warnOfRepeats(repeats(prompts));
    context.warnOfMemory(config, memory(prompts));
    CheckpointStore checkpoints =
        new CheckpointStore(context.directory().checkpoints(), config.checkpoint().keep());
    Optional<Checkpoint> resumed =
        config.run().resume().readsCheckpoint() ? checkpoints.latest() : Optional.empty();
    Standing standing = resumed.map(setup::standing).orElseGet(settings::start);
    double beta = resumed.map(setup::klCoefficient).orElse(settings.klCoefficient());
    context
        .log()
        .started(
            settings.recipe(),
            context.configuration(),
            settings.updates().updates(),
            standing.update());
    try (L learners = setup.open(resumed);
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), learners.policy().workers());
        RolloutExchange exchange = settings.exchange(context, standing)) {
      OnPolicyLoop loop =
          new OnPolicyLoop(
              settings,
              context,
              setup.lesson(context, learners, accumulation, beta),
              accumulation,
              exchange,
              new PromptSchedule(settings, context.id(), prompts.train()),
              dynamic,
              checkpoints);
      boolean complete = loop.run(standing, resumed.isPresent());
      if (complete) {
        LearningModel.write(
            learners.policy().master(), learners.origin(), config, context.directory());
      }
      return complete;
    }
  }
}
