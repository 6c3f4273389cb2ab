package dev.parley.console;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The service's settings, checked.
 *
 * @param accessToken opens the annotators' pages; empty if everybody may
 * @param adminToken opens the owner's pages; empty if the access token does
 * @param session how long somebody stays signed in
 * @param lease how long a pair is kept for whoever looks at it
 * @param hold how long a verdict can be undone and its event is held back
 * @param publishEvery between two looks for events that are due
 * @param bootstrapServers the brokers; empty for those of kafka.bootstrap.servers
 * @param policies addresses of policies by name
 * @param live how these are asked
 */
public record ConsoleSettings(
    Optional<String> accessToken,
    Optional<String> adminToken,
    Duration session,
    Duration lease,
    Duration hold,
    Duration publishEvery,
    Optional<String> bootstrapServers,
    Map<String, String> policies,
    Live live) {

  private static final int SHORTEST_TOKEN = 16;

  /** Copies the map. */
  public ConsoleSettings {
    policies = Map.copyOf(policies);
  }

  /**
   * How policies are asked for answers.
   *
   * @param timeout for the answers to one prompt
   * @param maxNewTokens of an answer; 0 leaves it to the policy
   * @param temperature that answers are drawn with
   */
  public record Live(Duration timeout, int maxNewTokens, double temperature) {}

  /**
   * Checks settings.
   *
   * @throws IllegalArgumentException if one cannot be used; the message names its key
   */
  public static ConsoleSettings of(ConsoleConfig config) {
    if (config.open()) {
      refuse(config.accessToken(), "access-token");
      refuse(config.adminToken(), "admin-token");
    } else {
      requireToken(config.accessToken().orElse(""), "access-token");
      config.adminToken().ifPresent(token -> requireToken(token, "admin-token"));
      require(
          !config.adminToken().equals(config.accessToken()),
          "admin-token",
          "the access token again",
          "another one, or none: the access token then opens all pages");
    }
    require(config.sessionMs() >= 1_000, "session-ms", config.sessionMs(), "at least 1000");
    require(config.leaseMs() >= 1_000, "lease-ms", config.leaseMs(), "at least 1000");
    require(config.holdMs() >= 0, "hold-ms", config.holdMs(), "0 or more");
    require(config.publishEveryMs() >= 1, "publish-every-ms", config.publishEveryMs(), "1 or more");
    Map<String, String> policies = new TreeMap<>(config.policies());
    policies.forEach(
        (name, target) ->
            require(
                target.matches("(dns:///)?[^\\s/]+:\\d{1,5}"),
                "policies." + name,
                target,
                "host:port"));
    return new ConsoleSettings(
        config.accessToken(),
        config.adminToken(),
        Duration.ofMillis(config.sessionMs()),
        Duration.ofMillis(config.leaseMs()),
        Duration.ofMillis(config.holdMs()),
        Duration.ofMillis(config.publishEveryMs()),
        config.kafka().bootstrapServers(),
        policies,
        live(config.live()));
  }

  private static Live live(ConsoleConfig.Live live) {
    require(live.timeoutMs() >= 1, "live.timeout-ms", live.timeoutMs(), "1 or more");
    require(live.maxNewTokens() >= 0, "live.max-new-tokens", live.maxNewTokens(), "0 or more");
    require(
        live.temperature() >= 0 && live.temperature() <= 10,
        "live.temperature",
        live.temperature(),
        "0 to 10");
    return new Live(Duration.ofMillis(live.timeoutMs()), live.maxNewTokens(), live.temperature());
  }

  private static void refuse(Optional<String> token, String name) {
    require(
        token.isEmpty(), name, "given", "none beside " + key("open") + "=true, which asks nobody");
  }

  private static void requireToken(String token, String name) {
    if (token.isBlank()) {
      throw new IllegalArgumentException(
          "%s is not set, expected a secret of %d characters or more; on a laptop %s=true does without"
              .formatted(key(name), SHORTEST_TOKEN, key("open")));
    }
    if (token.length() < SHORTEST_TOKEN) {
      // What it is must not stand in a log.
      throw new IllegalArgumentException(
          "%s has %d characters, expected %d or more, so that nobody guesses it"
              .formatted(key(name), token.length(), SHORTEST_TOKEN));
    }
  }

  private static void require(boolean holds, String name, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key(name) + " is \"" + found + "\", expected " + expected);
    }
  }

  private static String key(String name) {
    return ConsoleConfig.PREFIX + "." + name;
  }
}
