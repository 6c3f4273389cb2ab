package dev.parley.bench.own;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.DrawnToken;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.policy.generation.SamplingRules;
import dev.parley.policy.serving.CheckpointLoader;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.policy.serving.VersionFollower;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.trainer.checkpoint.VersionStore;
import dev.parley.trainer.checkpoint.VersionStore.Version;
import dev.parley.trainer.experience.RolloutExchange;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/**
 * New weights are written and announced over Kafka, as the trainer does it, while a policy answers,
 * which reads along, checks and swaps to them; in turns with that, their files are read once.
 *
 * @param model whose weights are written and announced again and again, under new numbers
 * @param versions where they are written
 * @param bootstrap the broker
 * @param runId a run of its own
 * @param swaps how often, after one that is not counted
 * @param cold whether the files are out of the page cache each time, as they are on another machine
 *     than the one that wrote them
 */
public record SwappedWeights(
    Path model, Path versions, String bootstrap, String runId, int swaps, boolean cold)
    implements Work<SwappedWeights.Figures> {

  private static final int READ_BYTES = 8 << 20;
  private static final int CONTEXT = 1024;

  /**
   * How long it took, medians.
   *
   * @param swapSeconds from before the announcement is sent to the first token of the new weights
   * @param readSeconds reading the files of weights from beginning to end
   * @param writeSeconds writing the files, and all else before the announcement
   * @param lastFileSeconds from the last file's end to the first token of the new weights
   */
  public record Figures(
      double swapSeconds, double readSeconds, double writeSeconds, double lastFileSeconds) {}

  /** One exchange of weights; times in nanoseconds of the same clock. */
  private record Exchanged(
      Version version, long begin, long lastFile, long announced, long firstToken) {}

  @Override
  public Figures run() {
    ModelDirectory directory = ModelDirectory.of(model);
    PolicyMetrics metrics = new PolicyMetrics(new SimpleMeterRegistry());
    try (LanguageModel language = LanguageModel.open(directory, EngineOptions.CPU);
        LanguageModel learnt = LanguageModel.open(directory, EngineOptions.CPU);
        GenerationEngine engine =
            new GenerationEngine(
                language,
                new ServedVersion(0, directory.digest()),
                EngineLimits.of(1, CONTEXT, 4),
                metrics);
        VersionFollower follower =
            new VersionFollower(
                runId,
                Map.of("bootstrap.servers", bootstrap),
                new CheckpointLoader(
                    directory, language.shape(), language.weights(), EngineOptions.CPU),
                engine,
                metrics,
                () -> {});
        RolloutExchange exchange =
            new RolloutExchange(
                bootstrap,
                runId,
                RolloutExchange.Place.end(bootstrap),
                0,
                Clock.systemUTC(),
                (code, message) -> System.err.println(message))) {
      follower.start();
      follower.caughtUp().join();
      List<Exchanged> exchanges = new ArrayList<>();
      List<Double> readSeconds = new ArrayList<>();
      VersionStore store = new VersionStore(versions, directory, StoredType.F32, 1);
      for (int version = 1; version <= swaps + 1; version++) {
        Exchanged exchanged = exchange(learnt, engine, exchange, store, version);
        double read = readSeconds(files(exchanged.version()));
        if (version > 1) {
          readSeconds.add(read);
          exchanges.add(exchanged);
        }
      }
      return new Figures(
          median(exchanges, exchanged -> exchanged.firstToken() - exchanged.announced()),
          readSeconds.stream().sorted().toList().get(swaps / 2),
          median(exchanges, exchanged -> exchanged.announced() - exchanged.begin()),
          median(exchanges, exchanged -> exchanged.firstToken() - exchanged.lastFile()));
    }
  }

  private static List<Path> files(Version written) {
    try (WeightFiles files = WeightFiles.open(written.directory())) {
      return files.paths();
    }
  }

  private Exchanged exchange(
      LanguageModel learnt,
      GenerationEngine engine,
      RolloutExchange exchange,
      VersionStore store,
      int version) {
    CompletableFuture<Void> running = new CompletableFuture<>();
    CompletableFuture<Long> first = new CompletableFuture<>();
    SamplingRules rules = new SamplingRules(CONTEXT, learnt.shape().vocabulary(), Set.of(1));
    GenerationJob job =
        new JobPlanner(rules, 1, Optional.empty(), () -> 1)
            .plan(
                new int[] {5, 6, 7},
                1,
                "n",
                SamplingParameters.newBuilder()
                    .setMaxNewTokens(CONTEXT - 8)
                    .setIgnoreEndOfSequence(true)
                    .build(),
                (DrawnToken token) -> {
                  running.complete(null);
                  if (token.version().number() == version) {
                    first.complete(System.nanoTime());
                  }
                });
    try {
      engine.submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException("the engine has room for this one request", e);
    }
    running.join();
    long begin = System.nanoTime();
    AtomicLong lastFile = new AtomicLong();
    Version written =
        store.write(
            version,
            learnt,
            file -> {
              prepare(List.of(file.path()));
              lastFile.accumulateAndGet(System.nanoTime(), Math::max);
              exchange.written(file);
            });
    long announced = System.nanoTime();
    exchange.announce(version, written.checksum(), written.directory(), version);
    long firstToken = first.join();
    job.cancel();
    store.prune(version);
    return new Exchanged(written, begin, lastFile.get(), announced, firstToken);
  }

  private double readSeconds(List<Path> files) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    prepare(files);
    long begin = System.nanoTime();
    for (Path path : files) {
      try (FileChannel file = FileChannel.open(path)) {
        while (file.read(buffer.clear()) >= 0) {
          // What was read is overwritten by what comes next.
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + path, e);
      }
    }
    return (System.nanoTime() - begin) * 1e-9;
  }

  /** Lets the kernel forget the files' pages, if they shall be read from where they are stored. */
  private void prepare(List<Path> files) {
    if (cold) {
      files.forEach(SwappedWeights::forget);
    }
  }

  private static void forget(Path file) {
    try {
      Process dd = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0").start();
      if (dd.waitFor() != 0) {
        throw new IllegalStateException(new String(dd.getErrorStream().readAllBytes(), UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("coreutils' dd, which empties the page cache, cannot run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Returns the median of times, in seconds. */
  private static double median(List<Exchanged> exchanges, ToLongFunction<Exchanged> nanos) {
    return exchanges.stream().mapToLong(nanos).sorted().toArray()[exchanges.size() / 2] * 1e-9;
  }
}
