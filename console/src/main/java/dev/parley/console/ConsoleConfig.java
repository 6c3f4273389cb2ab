package dev.parley.console;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;
import java.util.Optional;

/** The service's settings as they are written; {@link ConsoleSettings} holds them checked. */
@ConfigMapping(prefix = ConsoleConfig.PREFIX)
public interface ConsoleConfig {

  /** What all keys start with. */
  String PREFIX = "parley.console";

  /** Below it are the policies, by their names. */
  String POLICIES = PREFIX + ".policies";

  /**
   * What whoever opens a page must give once, 16 characters or more. Must be given unless {@code
   * open} is true.
   */
  Optional<String> accessToken();

  /**
   * What opens the pages of a study's owner: figures, exports, new studies. Without it the access
   * token opens these as well.
   */
  Optional<String> adminToken();

  /** Whether anyone who reaches the port may open every page: on a laptop, on loopback. */
  @WithDefault("false")
  boolean open();

  /** Time (ms) after which somebody who signed in has to do so again. */
  @WithDefault("604800000")
  long sessionMs();

  /** Time (ms) for which a pair is kept for whoever looks at it; then others may have it. */
  @WithDefault("1800000")
  long leaseMs();

  /** Time (ms) for which a verdict can be undone; its event is held back for as long. */
  @WithDefault("60000")
  long holdMs();

  /** Time (ms) between two looks for events that are due. */
  @WithDefault("1000")
  int publishEveryMs();

  /** Kafka: verdicts out. */
  Kafka kafka();

  /** Policies whose answers can be compared while they serve: host:port by name. */
  Map<String, String> policies();

  /** How these policies are asked. */
  Live live();

  /** Kafka: verdicts out. */
  interface Kafka {

    /**
     * Where the brokers are. Default: kafka.bootstrap.servers, whose neighbours kafka.sasl.*,
     * kafka.ssl.* and kafka.security.* say how to be let in.
     */
    Optional<String> bootstrapServers();
  }

  /** How policies are asked for answers. */
  interface Live {

    /** Deadline (ms) for the answers to one prompt. */
    @WithDefault("60000")
    int timeoutMs();

    /** Most tokens of an answer; 0 leaves it to the policy. */
    @WithDefault("512")
    int maxNewTokens();

    /** Temperature that answers are drawn with. */
    @WithDefault("1.0")
    double temperature();
  }
}
