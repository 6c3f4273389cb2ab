package dev.parley.reward;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The service's settings as they are written; {@link RewardSettings} holds them checked. The
 * scorers' own settings, under {@code parley.reward.scorers.<name>}, depend on their types: see
 * {@link dev.parley.reward.scoring.Scorers}.
 */
@ConfigMapping(prefix = RewardConfig.PREFIX)
public interface RewardConfig {

  /** What all keys start with. */
  String PREFIX = "parley.reward";

  /** Below it are the scorers' own keys, by their names. */
  String SCORERS = PREFIX + ".scorers";

  /** The name of the scorer that answers. Must be given. */
  Optional<String> scorer();

  /** Threads per libtorch operation. Without it libtorch takes one per physical core. */
  OptionalInt threads();

  /** Most items that are scored together. */
  @WithDefault("64")
  int batchItems();

  /** Longest time (ms) that a request waits for others to be scored with. */
  @WithDefault("5")
  int longestWaitMs();

  /** Most items that wait; beyond, requests are refused with a hint when to come again. */
  @WithDefault("4096")
  int maxQueueItems();
}
