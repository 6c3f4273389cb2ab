package dev.parley.model.generation;

import java.util.Set;

/**
 * How tokens are drawn.
 *
 * @param temperature divides the logits; 0 is greedy decoding
 * @param topK keeps only this many most likely tokens; 0 keeps all
 * @param topP keeps the smallest set of tokens whose probability reaches this; 1 keeps all
 * @param maxNewTokens most tokens to draw
 * @param minNewTokens no stop token is drawn before this many tokens
 * @param stopTokens token ids that end a sequence
 * @param seed the same seed, prompt and weights give the same tokens
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    int maxNewTokens,
    int minNewTokens,
    Set<Integer> stopTokens,
    long seed) {

  /** Checks the ranges; the messages name the option. */
  public SamplingOptions {
    require(
        temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, "0 or more");
    require(topK >= 0, "top_k", topK, "0 (all tokens) or more");
    require(topP > 0 && topP <= 1, "top_p", topP, "more than 0 and at most 1");
    require(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "1 or more");
    require(
        minNewTokens >= 0 && minNewTokens <= maxNewTokens,
        "min_new_tokens",
        minNewTokens,
        "from 0 to max_new_tokens, which is " + maxNewTokens);
    stopTokens = Set.copyOf(stopTokens);
  }

  private static void require(boolean holds, String option, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + found + ", expected " + expected);
    }
  }

  /**
   * Plain sampling from the whole distribution.
   *
   * @param maxNewTokens most tokens to draw
   * @param stopTokens token ids that end a sequence
   * @param seed the same seed gives the same tokens
   */
  public static SamplingOptions plain(int maxNewTokens, Set<Integer> stopTokens, long seed) {
    return new SamplingOptions(1, 0, 1, maxNewTokens, 0, stopTokens, seed);
  }

  /** Returns these options with greedy decoding. */
  public SamplingOptions greedy() {
    return new SamplingOptions(0, topK, topP, maxNewTokens, minNewTokens, stopTokens, seed);
  }

  /** Returns these options with another seed. */
  public SamplingOptions withSeed(long newSeed) {
    return new SamplingOptions(
        temperature, topK, topP, maxNewTokens, minNewTokens, stopTokens, newSeed);
  }
}
