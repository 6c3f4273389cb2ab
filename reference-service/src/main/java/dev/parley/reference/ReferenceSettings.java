package dev.parley.reference;

import dev.parley.model.decoder.TokenBudget;
import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The service's settings, checked.
 *
 * @param model a Hugging Face model directory, or an adapter's
 * @param base an adapter's, if it is not where the adapter says
 * @param digest lower-case SHA-256 that the weights must have, if it is pinned
 * @param engine where and how precisely to compute
 * @param threads per libtorch operation; empty leaves libtorch's choice
 * @param batch most tokens of one forward pass
 * @param longestWait of a request for others to share a forward pass with
 * @param maxQueueTokens most tokens that wait
 */
public record ReferenceSettings(
    Path model,
    Optional<Path> base,
    Optional<String> digest,
    EngineOptions engine,
    OptionalInt threads,
    TokenBudget batch,
    Duration longestWait,
    int maxQueueTokens) {

  /** Checks every setting; the messages name the keys. */
  public ReferenceSettings {
    require(Files.isDirectory(model), "model", model, "a model directory");
    base.ifPresent(value -> require(Files.isDirectory(value), "base", value, "a model directory"));
    digest.ifPresent(
        value ->
            require(
                value.matches("[0-9a-f]{64}"), "digest", value, "the 64 hex digits of a SHA-256"));
    threads.ifPresent(value -> require(value >= 1, "threads", value, "at least 1"));
    require(
        !longestWait.isNegative(),
        "longest-wait-ms",
        longestWait.toMillis(),
        "0 milliseconds or more");
    require(maxQueueTokens >= 1, "max-queue-tokens", maxQueueTokens, "at least 1");
  }

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException if one cannot be used; the message names its key
   */
  public static ReferenceSettings of(ReferenceConfig config) {
    Path model =
        config
            .model()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        key("model") + " is not set, expected the reference model's directory"));
    require(config.batchTokens() >= 1, "batch-tokens", config.batchTokens(), "at least 1");
    return new ReferenceSettings(
        model,
        config.base(),
        config.digest().map(value -> value.toLowerCase(Locale.ROOT)),
        engine(config),
        config.threads(),
        new TokenBudget(config.batchTokens()),
        Duration.ofMillis(config.longestWaitMs()),
        config.maxQueueTokens());
  }

  private static EngineOptions engine(ReferenceConfig config) {
    try {
      return EngineOptions.parse(config.device(), config.precision());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(ReferenceConfig.PREFIX + ": " + e.getMessage(), e);
    }
  }

  private static void require(boolean holds, String name, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key(name) + " is \"" + found + "\", expected " + expected);
    }
  }

  private static String key(String name) {
    return ReferenceConfig.PREFIX + "." + name;
  }
}
