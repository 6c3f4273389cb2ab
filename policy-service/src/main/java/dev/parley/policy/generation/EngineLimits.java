package dev.parley.policy.generation;

/**
 * What the engine may use.
 *
 * @param maxRows most answers that are being made at once
 * @param maxCacheTokens positions that the key/value cache may hold, over all answers
 * @param queueCapacity most answers that wait
 */
public record EngineLimits(int maxRows, int maxCacheTokens, int queueCapacity) {

  /** Checks the ranges. */
  public EngineLimits {
    require(maxRows >= 1, "max-rows", maxRows, "1 or more");
    require(maxCacheTokens >= 2, "max-cache-tokens", maxCacheTokens, "2 or more");
    require(queueCapacity >= 1, "queue-capacity", queueCapacity, "1 or more");
  }

  private static void require(boolean holds, String name, int found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + found + ", expected " + expected);
    }
  }
}
