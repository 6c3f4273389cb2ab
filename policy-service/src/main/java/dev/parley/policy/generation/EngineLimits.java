package dev.parley.policy.generation;

import dev.parley.model.generation.GeneratorOptions;

/**
 * How the engine works, and what it may use.
 *
 * @param generator how answers are made, and how many at once
 * @param queueCapacity most answers that wait
 */
public record EngineLimits(GeneratorOptions generator, int queueCapacity) {

  /** Checks the range. */
  public EngineLimits {
    if (queueCapacity < 1) {
      throw new IllegalArgumentException(
          "queue-capacity is " + queueCapacity + ", expected 1 or more");
    }
  }

  /**
   * Limits of the usual engine.
   *
   * @param maxRows most answers that are being made at once
   * @param maxCacheTokens positions whose keys and values are held, over all answers
   * @param queueCapacity most answers that wait
   */
  public static EngineLimits of(int maxRows, int maxCacheTokens, int queueCapacity) {
    return new EngineLimits(GeneratorOptions.of(maxRows, maxCacheTokens), queueCapacity);
  }
}
