package dev.parley.policy.generation;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.generation.Generator;
import dev.parley.model.text.Tokenizer;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.sampling.v1.SamplingParameters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A tiny model with its engine, as tests want them. */
public final class TinyEngine implements AutoCloseable {

  /** What the model's weights are called. */
  public static final ServedVersion START = new ServedVersion(0, "0".repeat(64));

  private final LanguageModel model;
  private final Path directory;
  private final Tokenizer tokenizer;
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final PolicyMetrics metrics = new PolicyMetrics(registry);
  private final GenerationEngine engine;

  /** Starts an engine over a model made from a seed. */
  public TinyEngine(long seed, EngineLimits limits) {
    this(TinyModel.create(seed), limits);
  }

  /**
   * Starts an engine.
   *
   * @param model predicts tokens, and is closed with the engine
   * @param limits of the engine
   */
  public TinyEngine(LanguageModel model, EngineLimits limits) {
    this(model, limits, () -> new Generator(model, limits.generator()));
  }

  /** Starts an engine with generators of the caller's. */
  TinyEngine(LanguageModel model, EngineLimits limits, Supplier<Generator> generators) {
    this.model = model;
    this.directory = write(model);
    this.tokenizer = Tokenizer.open(directory);
    this.engine = new GenerationEngine(model, START, limits, metrics, generators);
  }

  private static Path write(LanguageModel model) {
    try {
      return TinyModel.write(Files.createTempDirectory("parley-tiny").resolve("model"), model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a directory that holds the model. */
  public Path directory() {
    return directory;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  public GenerationEngine engine() {
    return engine;
  }

  public LanguageModel model() {
    return model;
  }

  public MeterRegistry registry() {
    return registry;
  }

  public PolicyMetrics metrics() {
    return metrics;
  }

  /** Returns a planner with a fixed seed for requests that have none. */
  public JobPlanner planner() {
    return new JobPlanner(rules(), 64, Optional.of(tokenizer), () -> 77);
  }

  /** Returns rules for answers of up to 200 tokens. */
  public SamplingRules rules() {
    return new SamplingRules(200, model.shape().vocabulary(), Set.of(TinyModel.END_OF_TURN));
  }

  /** Returns a job that runs to its limit of tokens. */
  public GenerationJob job(int samples, int tokens, long seed, Consumer<DrawnToken> listener) {
    SamplingParameters sampling =
        SamplingParameters.newBuilder()
            .setMaxNewTokens(tokens)
            .setIgnoreEndOfSequence(true)
            .setSeed(seed)
            .build();
    return planner().plan(new int[] {5, 6, 7}, samples, "n", sampling, listener);
  }

  /** Submits and waits. */
  public GeneratedGroup run(GenerationJob job) {
    try {
      engine.submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException(e);
    }
    return job.result().join();
  }

  /** Returns the tokens of each answer. */
  public static List<List<Integer>> tokens(GeneratedGroup group) {
    return group.samples().stream()
        .map(sample -> Arrays.stream(sample.tokens()).boxed().toList())
        .toList();
  }

  @Override
  public void close() {
    engine.close();
    model.close();
    tokenizer.close();
    try (Stream<Path> files = Files.walk(directory.getParent())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
