package dev.parley.trainer.recipe;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.run.RunDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The models that learn in a run: as a whole, or through an adapter if {@code lora.rank} asks for
 * one. Made at the start, restored from a checkpoint, written at the end.
 */
public final class LearningModel {

  private LearningModel() {}

  /** Returns what a model with some heads is in a run of these settings. */
  public static Kind kind(Heads heads, RecipeConfig config) {
    return new Kind(heads, adapter(config));
  }

  /** Returns how the run adapts its models, if it does: layers that are frozen get no adapter. */
  public static Optional<LoraSettings> adapter(RecipeConfig config) {
    RecipeConfig.Lora lora = config.lora();
    return lora.rank() == 0
        ? Optional.empty()
        : Optional.of(
            new LoraSettings(
                lora.rank(),
                lora.alpha(),
                lora.targets(),
                lora.dropout(),
                lora.rankStabilised(),
                config.model().frozenLayers()));
  }

  /**
   * What a model that learns is.
   *
   * @param heads that stand on it
   * @param adapter through which it learns; empty if it learns as a whole
   */
  public record Kind(Heads heads, Optional<LoraSettings> adapter) {}

  /**
   * Makes a model that learns.
   *
   * @param base what it starts from, which is closed; a model with an adapter goes on reading it
   * @param kind what it is to be
   * @param seed of an adapter, or of a head that the base lacks
   * @throws IllegalArgumentException if an adapter's target is no projection of the model
   */
  public static LanguageModel of(LanguageModel base, Kind kind, long seed) {
    if (kind.adapter().isEmpty() && base.heads().equals(kind.heads())) {
      return base;
    }
    try (base) {
      return kind.adapter()
          .map(settings -> base.adapted(settings, kind.heads(), seed))
          .orElseGet(() -> base.withHeads(kind.heads(), seed));
    }
  }

  /**
   * Restores a model that learns.
   *
   * @param checkpoint where from
   * @param name the model's name in it
   * @param base opens what it started from; asked only if it has an adapter
   * @param origin where that lies
   * @param kind what the model is
   * @param config the run's settings
   * @throws IllegalArgumentException if the checkpoint is of a run with another rank
   */
  public static LanguageModel restored(
      Checkpoint checkpoint,
      String name,
      Supplier<LanguageModel> base,
      ModelDirectory origin,
      Kind kind,
      RecipeConfig config) {
    requireSameRank(checkpoint.model(name), kind.adapter().map(LoraSettings::rank).orElse(0));
    long seed = config.run().seed();
    LanguageModel model;
    if (kind.adapter().isPresent()) {
      model = of(base.get(), kind, seed);
      checkpoint.readAdapter(name, model, origin);
    } else {
      EngineOptions options = SharedSettings.engine(config.engine(), false);
      model = of(LanguageModel.open(checkpoint.model(name), options), kind, seed);
    }
    if (kind.heads().equals(Heads.LANGUAGE_AND_VALUE)) {
      checkpoint.readValueHead(name, model);
    }
    return model;
  }

  private static void requireSameRank(Path stored, int rank) {
    int began = AdapterConfig.isIn(stored) ? AdapterConfig.read(stored).rank() : 0;
    if (began != rank) {
      throw new IllegalArgumentException(
          "lora.rank is %d, but the run began with %d; it goes on with the settings that it began with"
              .formatted(rank, began));
    }
  }

  /**
   * Writes the finished model: as a whole and, if it has an adapter, the adapter; or the adapter
   * alone.
   *
   * @param model the model
   * @param origin where it comes from
   * @param config the run's settings
   * @param directory the run's files
   * @return the directories that it is in
   */
  public static List<Path> write(
      LanguageModel model, ModelDirectory origin, RecipeConfig config, RunDirectory directory) {
    StoredType type = SharedSettings.storedType(config.checkpoint());
    List<Path> written = new ArrayList<>();
    if (model.adapter().isPresent()) {
      ModelFiles.replaceAdapter(model, origin, directory.adapter(), type);
      written.add(directory.adapter());
    }
    if (model.adapter().isEmpty() || config.lora().merge()) {
      ModelFiles.replace(model, origin.text(), directory.model(), type);
      written.add(directory.model());
    }
    return written;
  }

  /**
   * Says what learns.
   *
   * @param plan gets a line
   * @param name of the model in the plan
   * @param model the model that the run starts from
   * @param heads that it is to have
   * @param config the run's settings
   */
  public static Plan describe(
      Plan plan, String name, LanguageModel model, Heads heads, RecipeConfig config) {
    Plan described =
        plan.with(name, config.model().path() + ", " + SharedSettings.describe(config, model));
    Optional<LoraSettings> adapter = adapter(config);
    if (adapter.isEmpty()) {
      return described;
    }
    try (LanguageModel adapted = model.adapted(adapter.get(), heads, config.run().seed())) {
      return described.with(
          "adapter",
          "rank %d, alpha %s, of %s: %d parameters learn, %.2f%%"
              .formatted(
                  adapter.get().rank(),
                  adapter.get().alpha(),
                  String.join(", ", adapted.adapter().orElseThrow().targets()),
                  adapted.learning().parameters(),
                  100.0 * adapted.learning().parameters() / model.weights().parameters()));
    }
  }
}
