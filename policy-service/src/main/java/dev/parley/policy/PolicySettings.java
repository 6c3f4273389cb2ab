package dev.parley.policy;

import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.generation.GeneratorOptions;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.openai.ApiSettings;
import dev.parley.policy.rollout.CallSettings;
import dev.parley.policy.rollout.LoopSettings;
import dev.parley.policy.rollout.RemoteService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The service's settings, checked.
 *
 * @param model a Hugging Face model directory, or an adapter's
 * @param base an adapter's, if it is not where the adapter says
 * @param runId whose prompts are answered, if any are
 * @param drainPatience time for what was begun after SIGTERM
 * @param engine where and how precisely to compute
 * @param threads per libtorch operation; empty leaves libtorch's choice
 * @param limits of the engine
 * @param maxNewTokens most tokens of an answer
 * @param maxSamples most answers to a prompt
 * @param warmUpTokens tokens of the answers made before the service is ready
 * @param httpApi what the OpenAI-compatible API is set to
 * @param loop how prompts are read and rollouts published
 * @param reward scores answers, if there is such a service
 * @param reference gives reference log-probabilities, if there is such a service
 */
record PolicySettings(
    Path model,
    Optional<Path> base,
    Optional<String> runId,
    Duration drainPatience,
    EngineOptions engine,
    OptionalInt threads,
    EngineLimits limits,
    int maxNewTokens,
    int maxSamples,
    int warmUpTokens,
    ApiSettings httpApi,
    LoopSettings loop,
    Optional<RemoteService> reward,
    Optional<RemoteService> reference) {

  /** A transactional id, and a part of a consumer group's name. */
  private static final String NAME = "[A-Za-z0-9._-]{1,200}";

  /**
   * Reads and checks the settings.
   *
   * @throws IllegalArgumentException if some cannot be used; the message names each key, what was
   *     found and what was expected
   */
  static PolicySettings of(PolicyConfig config) {
    Problems problems = new Problems();
    problems.check(config);
    EngineOptions engine = problems.engine(config.engine());
    GeneratorOptions generator = problems.generator(config.engine());
    problems.report();
    PolicyConfig.Engine limits = config.engine();
    return new PolicySettings(
        config.model().orElseThrow(),
        config.base(),
        config.runId(),
        Duration.ofMillis(config.drainTimeoutMs()),
        engine,
        limits.threads(),
        new EngineLimits(generator, limits.queueCapacity()),
        config.generation().maxNewTokens(),
        config.generation().maxSamples(),
        config.generation().warmUpTokens(),
        new ApiSettings(
            config.httpApi().modelName(),
            Math.min(config.httpApi().completionTokens(), config.generation().maxNewTokens()),
            limits.queueCapacity(),
            config.reward().target().isPresent()),
        new LoopSettings(
            config.runId().orElse(""),
            config.instanceId(),
            config.rollout().maxPromptsInFlight(),
            Duration.ofMillis(config.versions().waitMs()),
            Duration.ofMillis(config.rollout().transactionTimeoutMs()),
            Duration.ofMillis(config.rollout().sessionTimeoutMs()),
            config.rollout().maxRecordBytes()),
        remote(config.reward()),
        remote(config.reference()));
  }

  private static Optional<RemoteService> remote(PolicyConfig.Remote remote) {
    CallSettings call =
        new CallSettings(
            Duration.ofMillis(remote.tryTimeoutMs()),
            Duration.ofMillis(remote.totalTimeoutMs()),
            remote.attempts(),
            Duration.ofMillis(remote.firstBackoffMs()),
            Duration.ofMillis(remote.longestBackoffMs()));
    return remote.target().map(target -> new RemoteService(target, call));
  }

  /** Collects all that is wrong, so that a user mends it in one go. */
  private static final class Problems {

    private final List<String> found = new ArrayList<>();

    void check(PolicyConfig config) {
      checkNames(config);
      atLeast(0, config.drainTimeoutMs(), "drain-timeout-ms");
      PolicyConfig.Engine engine = config.engine();
      engine.threads().ifPresent(threads -> atLeast(1, threads, "engine.threads"));
      atLeast(1, engine.maxRows(), "engine.max-rows");
      atLeast(2, engine.maxCacheTokens(), "engine.max-cache-tokens");
      atLeast(1, engine.prefillChunkTokens(), "engine.prefill-chunk-tokens");
      atLeast(1, engine.queueCapacity(), "engine.queue-capacity");
      PolicyConfig.Generation generation = config.generation();
      atLeast(1, generation.maxNewTokens(), "generation.max-new-tokens");
      atLeast(1, generation.maxSamples(), "generation.max-samples");
      atLeast(1, generation.warmUpTokens(), "generation.warm-up-tokens");
      require(
          generation.maxSamples() <= engine.queueCapacity(),
          "generation.max-samples",
          generation.maxSamples(),
          "at most engine.queue-capacity, which is " + engine.queueCapacity());
      require(
          !config.httpApi().modelName().isBlank(),
          "http-api.model-name",
          config.httpApi().modelName(),
          "a name");
      atLeast(1, config.httpApi().completionTokens(), "http-api.completion-tokens");
      PolicyConfig.Rollout rollout = config.rollout();
      atLeast(1, rollout.maxPromptsInFlight(), "rollout.max-prompts-in-flight");
      atLeast(1000, rollout.transactionTimeoutMs(), "rollout.transaction-timeout-ms");
      atLeast(500, rollout.sessionTimeoutMs(), "rollout.session-timeout-ms");
      atLeast(65536, rollout.maxRecordBytes(), "rollout.max-record-bytes");
      atLeast(0, config.versions().waitMs(), "versions.wait-ms");
      checkRemote(config.reward(), "reward.");
      checkRemote(config.reference(), "reference.");
    }

    private void checkNames(PolicyConfig config) {
      if (config.model().isEmpty()) {
        found.add(key("model") + " is not set, expected the model's directory");
      } else {
        Path model = config.model().get();
        require(Files.isDirectory(model), "model", model, "a model directory");
      }
      config
          .base()
          .ifPresent(base -> require(Files.isDirectory(base), "base", base, "a model directory"));
      config
          .runId()
          .ifPresent(
              id -> require(id.matches(NAME), "run-id", id, "letters, digits, '.', '_', '-'"));
      require(
          config.instanceId().matches(NAME),
          "instance-id",
          config.instanceId(),
          "letters, digits, '.', '_', '-'");
    }

    private void checkRemote(PolicyConfig.Remote remote, String group) {
      remote
          .target()
          .ifPresent(target -> require(!target.isBlank(), group + "target", target, "host:port"));
      atLeast(1, remote.tryTimeoutMs(), group + "try-timeout-ms");
      atLeast(1, remote.totalTimeoutMs(), group + "total-timeout-ms");
      atLeast(1, remote.attempts(), group + "attempts");
      atLeast(1, remote.firstBackoffMs(), group + "first-backoff-ms");
      atLeast(1, remote.longestBackoffMs(), group + "longest-backoff-ms");
    }

    EngineOptions engine(PolicyConfig.Engine engine) {
      try {
        return EngineOptions.parse(engine.device(), engine.precision());
      } catch (IllegalArgumentException e) {
        found.add(key("engine") + ": " + e.getMessage());
        return EngineOptions.CPU;
      }
    }

    GeneratorOptions generator(PolicyConfig.Engine engine) {
      GeneratorOptions.Engine decoder = GeneratorOptions.Engine.AUTO;
      try {
        decoder = GeneratorOptions.Engine.parse(engine.decoder());
      } catch (IllegalArgumentException e) {
        found.add(
            "%s is \"%s\", expected auto, vector or torch"
                .formatted(key("engine.decoder"), engine.decoder()));
      }
      Optional<WeightFormat> weights = Optional.empty();
      if (!engine.weights().equals("auto")) {
        try {
          weights = Optional.of(WeightFormat.parse(engine.weights()));
        } catch (IllegalArgumentException e) {
          found.add(
              "%s is \"%s\", expected auto, float32, bfloat16 or int8"
                  .formatted(key("engine.weights"), engine.weights()));
        }
      }
      return new GeneratorOptions(
          decoder,
          weights,
          Math.max(1, engine.maxRows()),
          Math.max(2, engine.maxCacheTokens()),
          Math.max(1, engine.prefillChunkTokens()));
    }

    private void atLeast(int least, int value, String name) {
      require(value >= least, name, value, least + " or more");
    }

    private void require(boolean holds, String name, Object value, String expected) {
      if (!holds) {
        found.add(key(name) + " is \"" + value + "\", expected " + expected);
      }
    }

    private static String key(String name) {
      return PolicyConfig.PREFIX + "." + name;
    }

    void report() {
      if (!found.isEmpty()) {
        throw new IllegalArgumentException(String.join("; ", found));
      }
    }
  }
}
