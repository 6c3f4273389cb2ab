package dev.parley.trainer.recipe;

import static dev.parley.trainer.memory.MemoryPrediction.megabytes;

import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.family.Families;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.model.weights.StoredType;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.memory.MachineMemory;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns the settings that all recipes share into what they need. */
public final class SharedSettings {

  private static final String SINGLE = "float32";

  private static final String RUN_ID = "[A-Za-z0-9][A-Za-z0-9._-]*";

  private SharedSettings() {}

  /**
   * Checks what a range cannot say.
   *
   * @param config the run's settings
   * @param problems takes what is wrong
   */
  public static void check(RecipeConfig config, Problems problems) {
    problems.require(
        config.run().id().matches(RUN_ID),
        "run.id is \""
            + config.run().id()
            + "\"; expected letters, digits, '.', '_' and '-', a letter or digit first");
    if (config instanceof RowsConfig rows) {
      TopicRows.check(rows, problems);
    }
    problems.require(
        Files.isDirectory(config.model().path()),
        "model.path is " + config.model().path() + ", which is no directory");
    try {
      EngineOptions.parse(config.engine().device(), SINGLE);
    } catch (IllegalArgumentException e) {
      problems.add("engine." + e.getMessage());
    }
    if (config.lora().rank() > 0) {
      problems.require(
          config.model().start() == RecipeConfig.Model.Start.WEIGHTS,
          "lora.rank is "
              + config.lora().rank()
              + " and model.start random; an adapter needs weights that are kept: use weights");
      problems.require(
          !AdapterConfig.isIn(config.model().path()),
          "lora.rank trains an adapter of a model that stands by itself, but model.path "
              + config.model().path()
              + " is an adapter; merge it first: parley models merge "
              + config.model().path()
              + " --output DIR");
    }
    checkLayers(config, "model.path", config.model().path(), config.model().base(), problems);
  }

  /**
   * Returns where the model lies that a run starts from.
   *
   * @param config the run's settings
   * @throws dev.parley.model.family.ModelConfigException if it is an adapter whose base is not
   *     there
   */
  public static ModelDirectory origin(RecipeConfig config) {
    return ModelDirectory.of(config.model().path(), config.model().base());
  }

  /**
   * Checks that a model has as many layers as are to be frozen, and with adapters one more.
   *
   * @param config the run's settings
   * @param key that names the model's directory
   * @param path the directory
   * @param base the base's, if the model is an adapter that does not say
   * @param problems takes what is wrong
   */
  public static void checkLayers(
      RecipeConfig config, String key, Path path, Optional<Path> base, Problems problems) {
    int frozen = config.model().frozenLayers();
    if (frozen > 0 && Files.isDirectory(path)) {
      ModelConfig model = ModelConfig.read(ModelDirectory.of(path, base).base());
      int layers = Families.of(model).shape(model).layers();
      boolean adapters = config.lora().rank() > 0;
      problems.require(
          frozen <= layers - (adapters ? 1 : 0),
          "model.frozen-layers is "
              + frozen
              + ", but the model at "
              + key
              + " "
              + path
              + " has "
              + layers
              + " layers"
              + (adapters ? ", and lora.rank needs one for adapters" : ""));
    }
  }

  /**
   * Opens the model that a run starts from.
   *
   * @param config the run's settings
   */
  public static LanguageModel open(RecipeConfig config) {
    EngineOptions options = engine(config.engine(), config.lora().rank() > 0);
    ModelDirectory origin = origin(config);
    return switch (config.model().start()) {
      case WEIGHTS -> LanguageModel.open(origin, options);
      case RANDOM ->
          LanguageModel.create(ModelConfig.read(origin.base()), config.run().seed(), options);
    };
  }

  /**
   * Opens the model that a run starts from, which must predict tokens.
   *
   * @param config the run's settings
   * @throws IllegalArgumentException if it is a reward model
   */
  public static LanguageModel openLanguage(RecipeConfig config) {
    LanguageModel model = open(config);
    if (!model.heads().language()) {
      String architecture = model.architecture();
      model.close();
      throw new IllegalArgumentException(
          "model.path "
              + config.model().path()
              + " holds a "
              + architecture
              + ", which predicts no tokens; expected a language model");
    }
    return model;
  }

  /** Returns the longest sequence that the starting model takes, in tokens. */
  public static int longestSequence(RecipeConfig config) {
    ModelConfig model = ModelConfig.read(origin(config).base());
    return Families.of(model).shape(model).maxPositions();
  }

  /** Returns the size of the starting model's vocabulary, in tokens. */
  public static int vocabulary(RecipeConfig config) {
    ModelConfig model = ModelConfig.read(origin(config).base());
    return Families.of(model).shape(model).vocabulary();
  }

  /** Returns where a run's files are. */
  public static Path directory(RecipeConfig config) {
    return config.run().directory().orElse(Path.of("runs", config.run().id()));
  }

  /**
   * Returns which rows to read, none longer than the model takes.
   *
   * @param data the files and topics
   * @param config the run's settings
   */
  public static LearningData.Source rows(RecipeConfig.Data data, RecipeConfig config) {
    return new LearningData.Source(
        TopicRows.files(data, config),
        data.skipBad(),
        new Split(data.heldOut(), config.run().seed()),
        Math.min(data.maxTokens(), longestSequence(config)));
  }

  /**
   * Reads the rows of a run.
   *
   * @param config the run's settings
   * @param reader encodes rows of a source, with the starting model's tokenizer and chat template
   * @param <R> a row
   */
  public static <R> LearningData<R> read(
      RowsConfig config, BiFunction<LearningData.Source, TemplateEncoder, LearningData<R>> reader) {
    try (TemplateEncoder encoder = TemplateEncoder.open(origin(config).text())) {
      return reader.apply(rows(config.data(), config), encoder);
    }
  }

  /**
   * Returns where to compute, and in which precision to open a model. Weights that learn are opened
   * in single precision whatever passes compute in; beside an adapter they stand still, and are
   * opened in the precision of the passes.
   *
   * @param engine the settings
   * @param adapted whether an adapter learns in the weights' place
   */
  public static EngineOptions engine(RecipeConfig.Engine engine, boolean adapted) {
    if (engine.threads() > 0) {
      NativeThreads.set(engine.threads());
    }
    EngineOptions single = EngineOptions.parse(engine.device(), SINGLE);
    return adapted ? new EngineOptions(single.device(), engine.precision()) : single;
  }

  /**
   * Makes a model learn.
   *
   * @param model the model, closed with the learner
   * @param config the run's settings
   * @param optimizer the optimizer's settings
   * @param peak the highest learning rate
   * @param totalSteps optimizer steps of the whole run
   * @param workers passes side by side
   */
  public static Learner learner(
      LanguageModel model,
      RecipeConfig config,
      RecipeConfig.Optimizer optimizer,
      double peak,
      long totalSteps,
      int workers) {
    PassOptions pass = new PassOptions(config.model().frozenLayers(), config.engine().recompute());
    return new Learner(
        model,
        optimizer(optimizer),
        schedule(optimizer, peak, totalSteps),
        new Learner.Engine(workers, config.engine().precision(), pass));
  }

  /**
   * Returns how many passes run side by side.
   *
   * @param config the run's settings
   * @param models all that learn
   */
  public static int workers(RecipeConfig config, LanguageModel... models) {
    return workers(
        config, Stream.of(models).mapToLong(model -> learningParameters(config, model)).sum());
  }

  private static int workers(RecipeConfig config, long learning) {
    RecipeConfig.Engine engine = config.engine();
    if (engine.workers() > 0) {
      return engine.workers();
    }
    if (engine(engine, false).device().isGpu()) {
      return 1;
    }
    return Accumulation.workers(
        threads(engine), engine.microBatchTokens(), learning * Float.BYTES, MachineMemory.bytes());
  }

  /**
   * Returns the size of a model that learns.
   *
   * @param config the run's settings
   * @param path its directory
   * @param heads that it will have
   */
  public static MemoryPrediction.Model size(RecipeConfig config, Path path, Heads heads) {
    Optional<Path> base =
        path.equals(config.model().path()) ? config.model().base() : Optional.empty();
    Path whole = ModelDirectory.of(path, base).base();
    return MemoryPrediction.Model.read(whole, heads).adapted(config.lora().rank());
  }

  /**
   * Predicts the memory of a run.
   *
   * @param config the run's settings
   * @param models all that learn
   * @param steps the largest optimizer steps, one of each kind
   */
  public static MemoryPrediction memory(
      RecipeConfig config, List<MemoryPrediction.Model> models, List<MemoryPrediction.Step> steps) {
    RecipeConfig.Engine engine = config.engine();
    int frozen = config.model().frozenLayers();
    int workers = workers(config, models.stream().mapToLong(model -> model.learning(frozen)).sum());
    return new MemoryPrediction(
        models,
        new MemoryPrediction.Engine(
            workers,
            engine.microBatchTokens(),
            new PassOptions(frozen, engine.recompute()),
            engine.precision()),
        steps,
        engine(engine, false).device().isGpu()
            ? MemoryPrediction.Device.GPU
            : MemoryPrediction.Device.CPU);
  }

  /**
   * Says what is wrong if a run needs more memory than there is.
   *
   * @param config the run's settings
   * @param memory what it needs
   */
  public static Optional<String> lackOfMemory(RecipeConfig config, MemoryPrediction memory) {
    long present = MachineMemory.bytes(engine(config.engine(), false).device());
    if (memory.bytes() <= present) {
      return Optional.empty();
    }
    String savings =
        memory.savings().stream()
            .map(saving -> saving.setting() + " (" + megabytes(saving.bytes()) + ")")
            .collect(Collectors.joining(", "));
    return Optional.of(
        "the run needs about "
            + megabytes(memory.bytes())
            + " of memory, and there are "
            + megabytes(present)
            + ". Less would do: "
            + savings
            + ", several of these together, or a smaller model");
  }

  /**
   * Refuses a run that needs more memory than there is.
   *
   * @param config the run's settings
   * @param memory what it needs
   * @throws ConfigurationException that says what the memory is for and what would need less
   */
  public static void requireRoom(RecipeConfig config, MemoryPrediction memory) {
    lackOfMemory(config, memory)
        .ifPresent(
            lack -> {
              throw new ConfigurationException(Plan.empty().with(memory) + lack);
            });
  }

  private static long learningParameters(RecipeConfig config, LanguageModel model) {
    return model.learningParameters(config.model().frozenLayers());
  }

  /**
   * Says how large a model is, and how much of it learns.
   *
   * @param config the run's settings
   * @param model the model, without an adapter
   */
  public static String describe(RecipeConfig config, LanguageModel model) {
    long all = model.weights().parameters();
    long learning = config.lora().rank() > 0 ? all : learningParameters(config, model);
    return all + " parameters" + (learning == all ? "" : ", of which " + learning + " learn");
  }

  /**
   * Starts the workers of a run.
   *
   * @param engine the settings
   * @param workers how many
   */
  public static Accumulation accumulation(RecipeConfig.Engine engine, int workers) {
    return new Accumulation(
        new Accumulation.Settings(engine.microBatchTokens(), workers, threads(engine)));
  }

  private static int threads(RecipeConfig.Engine engine) {
    return engine.threads() > 0 ? engine.threads() : NativeThreads.get();
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
