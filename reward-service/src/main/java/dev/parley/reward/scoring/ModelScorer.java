package dev.parley.reward.scoring;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.decoder.TokenBudget;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.GpuMemory;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.reward.scoring.RewardText.Tokens;
import dev.parley.reward.scoring.RewardText.UnreadableException;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Scores with a reward model: a {@code *ForSequenceClassification} directory with its own tokenizer
 * and chat template. The score is what its head says at the last token; of a model of several
 * attributes, what {@link Attributes} makes of all that it says there; of a process reward model,
 * what {@link Steps} makes of what it says at the last token of each step.
 */
final class ModelScorer implements Scorer {

  private static final Logger LOG = Logger.getLogger(ModelScorer.class);
  private static final String RAW = "raw";
  private static final String TRUNCATED = "truncated_tokens";
  private static final int WARM_UP_TOKENS = 16;

  /**
   * How a model is served.
   *
   * @param name the scorer's
   * @param directory a Hugging Face model directory, or an adapter's
   * @param base an adapter's, if it is not where the adapter says
   * @param engine where and how precisely to compute
   * @param batch most tokens of one forward pass
   * @param maxTokens longest sequence; empty for the model's own limit
   * @param text how items become tokens
   * @param normalise whether to use {@value RewardStatistics#FILE} if the directory has one
   * @param clip the value stays within plus and minus this
   * @param attributes of a model that gives a score for each of several
   * @param steps of a process reward model, how the scores of steps make one
   */
  record Options(
      String name,
      Path directory,
      Optional<Path> base,
      EngineOptions engine,
      TokenBudget batch,
      OptionalInt maxTokens,
      RewardText.Options text,
      boolean normalise,
      OptionalDouble clip,
      Optional<Attributes> attributes,
      Optional<Steps> steps) {

    /** Returns how many numbers the model must give at a token. */
    int outputs() {
      return attributes.map(all -> all.all().size()).orElse(1);
    }
  }

  private final Options options;
  private final ForwardListener listener;
  private Loaded loaded;

  /** What is there once the model is loaded. */
  private record Loaded(
      LanguageModel model,
      RewardText text,
      String digest,
      Optional<RewardStatistics> statistics,
      Optional<String> separator) {

    Tokens read(Item item) throws UnreadableException {
      return separator.isPresent()
          ? text.readSteps(item.content(), separator.get())
          : text.read(item.content());
    }
  }

  ModelScorer(Options options, ForwardListener listener) {
    this.options = options;
    this.listener = listener;
  }

  /** Makes a scorer of whole answers. */
  static ModelScorer of(ScorerSettings settings, Surroundings surroundings) {
    OptionalDouble clip = settings.number("clip");
    clip.ifPresent(value -> settings.require(value > 0, "clip", value, "more than 0"));
    return new ModelScorer(
        options(settings, surroundings, settings.flag("normalise", true), clip, Optional.empty()),
        surroundings.listener());
  }

  /** Makes a scorer of answers in steps. */
  static ModelScorer ofSteps(ScorerSettings settings, Surroundings surroundings) {
    return new ModelScorer(
        options(
            settings, surroundings, false, OptionalDouble.empty(), Optional.of(Steps.of(settings))),
        surroundings.listener());
  }

  private static Options options(
      ScorerSettings settings,
      Surroundings surroundings,
      boolean normalise,
      OptionalDouble clip,
      Optional<Steps> steps) {
    Path directory = settings.path("directory", "a reward model's directory");
    settings.require(Files.isDirectory(directory), "directory", directory, "a model directory");
    Optional<Path> base = settings.path("base");
    base.ifPresent(
        value -> settings.require(Files.isDirectory(value), "base", value, "a model directory"));
    Optional<Attributes> attributes =
        steps.isPresent() ? Optional.empty() : Attributes.of(settings, directory, normalise);
    return new Options(
        surroundings.name(),
        directory,
        base,
        engine(settings),
        new TokenBudget(settings.count("batch-tokens", 8192)),
        settings.count("max-tokens"),
        steps.isPresent() ? RewardText.Options.ofSteps() : RewardText.Options.of(settings),
        normalise,
        clip,
        attributes,
        steps);
  }

  private static EngineOptions engine(ScorerSettings settings) {
    String device = settings.where("device", "cpu");
    String precision = settings.where("precision", "float32");
    try {
      return EngineOptions.parse(device, precision);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(settings.key("*") + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void load() {
    if (loaded != null) {
      return;
    }
    Optional<RewardStatistics> statistics =
        options.normalise() && options.attributes().isEmpty()
            ? RewardStatistics.read(options.directory())
            : Optional.empty();
    Optional<String> separator = separator();
    ModelDirectory directory = ModelDirectory.of(options.directory(), options.base());
    String digest = directory.digest();
    LanguageModel model = LanguageModel.open(directory, options.engine());
    try {
      loaded = new Loaded(model, text(directory, model), digest, statistics, separator);
      warmUp(model);
    } catch (RuntimeException e) {
      loaded = null;
      model.close();
      throw e;
    }
    GpuMemory.of(options.engine()).ifPresent(listener::loadedOnto);
    LOG.infof(
        "Loaded reward model %s (%s), digest %s, on %s in %s with %d threads, %s",
        options.name(),
        options.directory(),
        digest,
        options.engine().deviceName(),
        options.engine().precision(),
        NativeThreads.get(),
        describe(statistics));
  }

  private String describe(Optional<RewardStatistics> statistics) {
    if (options.attributes().isPresent()) {
      return "attributes "
          + options.attributes().get().describe()
          + (options.normalise() ? ", each normalised" : ", not normalised");
    }
    return statistics
        .map(s -> "normalised by mean %s and deviation %s".formatted(s.mean(), s.deviation()))
        .orElse("not normalised");
  }

  /** What stands after each step, if the model judges steps; it must be served as what it is. */
  private Optional<String> separator() {
    Optional<String> learnt = RewardStatistics.stepSeparator(options.directory());
    if (options.steps().isEmpty() && learnt.isPresent()) {
      throw new IllegalArgumentException(
          options.directory()
              + " holds a process reward model; set type=process-model for scorer "
              + options.name());
    }
    return options.steps().map(steps -> steps.separator(learnt, options.directory()));
  }

  private RewardText text(ModelDirectory directory, LanguageModel model) {
    if (model.heads().scalar().isEmpty() || model.heads().language()) {
      throw new IllegalArgumentException(
          options.directory()
              + " holds a "
              + model.architecture()
              + ", which gives no score; expected a *ForSequenceClassification model");
    }
    requireOutputs(model.heads().outputs());
    int limit = model.shape().maxPositions();
    int maxTokens = options.maxTokens().orElse(limit);
    if (maxTokens > limit) {
      throw new IllegalArgumentException(
          "max-tokens of scorer "
              + options.name()
              + " is "
              + maxTokens
              + ", but the model's longest sequence is "
              + limit);
    }
    return RewardText.open(directory.text(), model.shape().vocabulary(), maxTokens, options.text());
  }

  private void requireOutputs(int outputs) {
    if (outputs != options.outputs()) {
      throw new IllegalArgumentException(
          "%s gives %d scores, but its %s names %s; expected a model of one score, or a name for each"
              .formatted(
                  options.directory(),
                  outputs,
                  RewardStatistics.FILE,
                  options.attributes().isPresent()
                      ? String.join(", ", options.attributes().get().names())
                      : "no attributes"));
    }
  }

  private static void warmUp(LanguageModel model) {
    int tokens = Math.min(WARM_UP_TOKENS, model.shape().maxPositions());
    float score = model.finalScalars(new TokenBatch(new int[tokens], new int[] {tokens}))[0];
    if (!Float.isFinite(score)) {
      LOG.warnf(
          "The reward model's first score is %s; items that it cannot score will fail", score);
    }
  }

  @Override
  public String version() {
    return options
        .attributes()
        .map(attributes -> attributes.version(loaded.digest()))
        .orElse(loaded.digest());
  }

  @Override
  public List<String> components() {
    List<String> names = new ArrayList<>();
    if (options.steps().isPresent()) {
      names.addAll(Steps.COMPONENTS);
    } else {
      names.addAll(options.attributes().map(Attributes::names).orElse(List.of(RAW)));
    }
    names.add(TRUNCATED);
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    Verdict[] verdicts = new Verdict[items.size()];
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < verdicts.length; i++) {
      try {
        tasks.add(new Task(i, loaded.read(items.get(i))));
      } catch (UnreadableException e) {
        verdicts[i] = Verdict.failed(e.getMessage());
      }
    }
    int[] lengths = tasks.stream().mapToInt(task -> task.tokens().ids().length).toArray();
    for (int[] batch : options.batch().cut(lengths)) {
      score(Arrays.stream(batch).mapToObj(tasks::get).toList(), verdicts);
    }
    return List.of(verdicts);
  }

  /** One item that could be read. */
  private record Task(int index, Tokens tokens) {}

  private void score(List<Task> tasks, Verdict[] verdicts) {
    TokenBatch batch = TokenBatch.of(tasks.stream().map(task -> task.tokens().ids()).toList());
    try {
      long start = System.nanoTime();
      float[] scores = loaded.model().scalars(batch, positions(tasks, batch));
      listener.computed(options.name(), batch, System.nanoTime() - start);
      int first = 0;
      for (Task task : tasks) {
        int end = first + task.tokens().ends().length * options.outputs();
        float[] own = Arrays.copyOfRange(scores, first, end);
        first = end;
        if (tasks.size() > 1 && !finite(own)) {
          // It may be a neighbour's: padding is hidden by a weight of 0, and 0 times NaN is NaN.
          score(List.of(task), verdicts);
        } else {
          verdicts[task.index()] = verdict(own, task.tokens().truncated());
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      // One item too many, or a bad one, must not fail those that it shares a batch with.
      LOG.errorf(e, "A forward pass over %d items failed", tasks.size());
      if (tasks.size() == 1) {
        verdicts[tasks.get(0).index()] = Verdict.failed("the reward model failed: " + e);
      } else {
        score(tasks.subList(0, tasks.size() / 2), verdicts);
        score(tasks.subList(tasks.size() / 2, tasks.size()), verdicts);
      }
    }
  }

  /** Returns where each task's scores are among the batch's tokens. */
  private static int[] positions(List<Task> tasks, TokenBatch batch) {
    int[] starts = batch.starts();
    IntStream.Builder positions = IntStream.builder();
    for (int i = 0; i < starts.length; i++) {
      for (int end : tasks.get(i).tokens().ends()) {
        positions.add(starts[i] + end);
      }
    }
    return positions.build().toArray();
  }

  private static boolean finite(float[] scores) {
    for (float score : scores) {
      if (!Float.isFinite(score)) {
        return false;
      }
    }
    return true;
  }

  private Verdict verdict(float[] scores, int truncated) {
    if (!finite(scores)) {
      return Verdict.failed(
          "the reward model's score is "
              + (scores.length == 1 ? scores[0] : Arrays.toString(scores)));
    }
    if (options.steps().isPresent()) {
      return options.steps().get().verdict(scores, Map.of(TRUNCATED, (double) truncated));
    }
    Map<String, Double> components = new LinkedHashMap<>();
    double value;
    if (options.attributes().isPresent()) {
      components.putAll(options.attributes().get().values(scores));
      value = options.attributes().get().total(components);
    } else {
      double raw = scores[0];
      components.put(RAW, raw);
      value = loaded.statistics().map(s -> s.normalise(raw)).orElse(raw);
    }
    double bound = options.clip().orElse(Double.POSITIVE_INFINITY);
    components.put(TRUNCATED, (double) truncated);
    return Verdict.of(Math.max(-bound, Math.min(bound, value)), components);
  }

  @Override
  public void close() {
    if (loaded != null) {
      loaded.text().close();
      loaded.model().close();
      loaded = null;
    }
  }
}
