package dev.parley.trainer.recipe;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The learner of a run in which one model learns: made from the model that the run starts from, or
 * restored, and stored in checkpoints.
 *
 * @param name of the learner in checkpoints
 * @param heads that the model has
 * @param config the run's settings
 * @param optimizer its optimizer's
 */
public record SoleLearner(
    String name, Heads heads, RecipeConfig config, RecipeConfig.Optimizer optimizer) {

  /**
   * Makes or restores it.
   *
   * @param origin where the model lies that the run starts from
   * @param totalSteps optimizer steps of the run
   * @param resumed the checkpoint to go on from
   * @param counts the optimizer's, if there is one
   * @return the learner, which the caller closes
   */
  public Learner open(
      ModelDirectory origin,
      long totalSteps,
      Optional<CheckpointStore.Checkpoint> resumed,
      AdamW.State counts) {
    LearningModel.Kind kind = LearningModel.kind(heads, config);
    Supplier<LanguageModel> start =
        () -> heads.language() ? SharedSettings.openLanguage(config) : SharedSettings.open(config);
    LanguageModel model =
        resumed
            .map(c -> LearningModel.restored(c, name, start, origin, kind, config))
            .orElseGet(() -> LearningModel.of(start.get(), kind, config.run().seed()));
    Learner learner =
        SharedSettings.learner(
            model,
            config,
            optimizer,
            optimizer.learningRate(),
            totalSteps,
            SharedSettings.workers(config, model));
    resumed.ifPresent(c -> LearnerCheckpoint.restore(c, name, learner, counts));
    return learner;
  }

  /**
   * Writes a checkpoint, and says so.
   *
   * @param store where to
   * @param context the run
   * @param learner as it is now
   * @param origin where its model comes from
   * @param update optimizer steps so far
   * @param state what the recipe keeps beside the learner
   */
  public void save(
      CheckpointStore store,
      RunContext context,
      Learner learner,
      ModelDirectory origin,
      long update,
      Object state) {
    Path directory =
        store.save(
            update,
            writer -> {
              LearnerCheckpoint.add(writer, name, learner, origin);
              writer.state(state);
            });
    context.log().checkpoint(directory, update, 0, "");
  }
}
