package dev.parley.reward;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * The service's settings, checked.
 *
 * @param scorer the name of the scorer that answers
 * @param threads per libtorch operation; empty leaves libtorch's choice
 * @param batchItems most items that are scored together
 * @param longestWait of a request for others to be scored with
 * @param maxQueueItems most items that wait
 */
public record RewardSettings(
    String scorer, OptionalInt threads, int batchItems, Duration longestWait, int maxQueueItems) {

  /** Checks every setting; the messages name the keys. */
  public RewardSettings {
    threads.ifPresent(value -> require(value >= 1, "threads", value, "at least 1"));
    require(batchItems >= 1, "batch-items", batchItems, "at least 1");
    require(
        !longestWait.isNegative(),
        "longest-wait-ms",
        longestWait.toMillis(),
        "0 milliseconds or more");
    require(maxQueueItems >= 1, "max-queue-items", maxQueueItems, "at least 1");
  }

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException if one cannot be used; the message names its key
   */
  public static RewardSettings of(RewardConfig config) {
    String scorer =
        config
            .scorer()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        RewardConfig.PREFIX
                            + ".scorer is not set, expected the name of the scorer that answers"));
    return new RewardSettings(
        scorer,
        config.threads(),
        config.batchItems(),
        Duration.ofMillis(config.longestWaitMs()),
        config.maxQueueItems());
  }

  private static void require(boolean holds, String name, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          RewardConfig.PREFIX + "." + name + " is \"" + found + "\", expected " + expected);
    }
  }
}
