package dev.parley.trainer.recipe;

import dev.parley.model.LanguageModel;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.model.weights.StoredType;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.LearningRateSchedule;

/** Turns the settings that all recipes share into what they need. */
public final class StartingModel {

  private StartingModel() {}

  /**
   * Opens the model that a run starts from.
   *
   * @param config the run's settings
   */
  public static LanguageModel open(RecipeConfig config) {
    EngineOptions options = engine(config.engine());
    return switch (config.model().start()) {
      case WEIGHTS -> LanguageModel.open(config.model().path(), options);
      case RANDOM ->
          LanguageModel.create(
              ModelConfig.read(config.model().path()), config.run().seed(), options);
    };
  }

  /** Returns where to compute; learning is done in single precision. */
  public static EngineOptions engine(RecipeConfig.Engine engine) {
    if (engine.threads() > 0) {
      NativeThreads.set(engine.threads());
    }
    return EngineOptions.parse(engine.device(), "float32");
  }

  /** Returns the optimizer's numbers. */
  public static AdamW.Settings optimizer(RecipeConfig.Optimizer optimizer) {
    return new AdamW.Settings(
        optimizer.beta1(),
        optimizer.beta2(),
        optimizer.epsilon(),
        optimizer.weightDecay(),
        optimizer.maxGradientNorm());
  }

  /**
   * Returns the learning rate's course.
   *
   * @param optimizer the settings
   * @param peak the highest rate
   * @param totalSteps steps of the whole run
   */
  public static LearningRateSchedule schedule(
      RecipeConfig.Optimizer optimizer, double peak, long totalSteps) {
    return new LearningRateSchedule(
        optimizer.schedule(),
        peak,
        Math.min(optimizer.warmUpSteps(), totalSteps),
        totalSteps,
        optimizer.minimumRate());
  }

  /** Returns the number format of stored weights. */
  public static StoredType storedType(RecipeConfig.Checkpoint checkpoint) {
    return switch (checkpoint.format()) {
      case F32 -> StoredType.F32;
      case BF16 -> StoredType.BF16;
      case F16 -> StoredType.F16;
    };
  }
}
