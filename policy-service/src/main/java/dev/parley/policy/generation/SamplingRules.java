package dev.parley.policy.generation;

import dev.parley.model.generation.SamplingOptions;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What a request may ask of the sampler, and what is used where it asks for nothing.
 *
 * @param maxNewTokens most tokens of one answer, and how many it gets if it does not say
 * @param vocabulary tokens of the model
 * @param endOfSequence the model's own tokens that end an answer
 */
public record SamplingRules(int maxNewTokens, int vocabulary, Set<Integer> endOfSequence) {

  /** Copies the set. */
  public SamplingRules {
    endOfSequence = Set.copyOf(endOfSequence);
  }

  /**
   * Fills in defaults.
   *
   * @param asked what the request says
   * @param freshSeeds gives a seed if the request has none
   * @throws InvalidRequestException if something cannot be; the message begins with {@code
   *     sampling.} and the field's name
   */
  public SamplingPlan plan(SamplingParameters asked, LongSupplier freshSeeds) {
    long limit = Integer.toUnsignedLong(asked.getMaxNewTokens());
    require(
        limit <= maxNewTokens,
        "max_new_tokens",
        limit,
        "at most " + maxNewTokens + " (parley.policy.generation.max-new-tokens)");
    require(
        asked.getMinNewTokens() >= 0,
        "min_new_tokens",
        unsigned(asked.getMinNewTokens()),
        "from 0 to max_new_tokens");
    for (String stop : asked.getStopStringsList()) {
      require(!stop.isEmpty(), "stop_strings", "\"\"", "texts that are not empty");
    }
    Set<Integer> stopTokens = new HashSet<>();
    for (int token : asked.getStopTokenIdsList()) {
      require(
          token >= 0 && token < vocabulary,
          "stop_token_ids",
          unsigned(token),
          "ids below " + vocabulary + ", the size of the vocabulary");
      stopTokens.add(token);
    }
    if (!asked.getIgnoreEndOfSequence()) {
      stopTokens.addAll(endOfSequence);
    }
    SamplingOptions options = options(asked, stopTokens, freshSeeds);
    SamplingParameters effective =
        asked.toBuilder()
            .setTemperature(options.temperature())
            .setTopP(options.topP())
            .setTopK(options.topK())
            .setMaxNewTokens(options.maxNewTokens())
            .setSeed(options.seed())
            .build();
    return new SamplingPlan(options, List.copyOf(asked.getStopStringsList()), effective);
  }

  private SamplingOptions options(
      SamplingParameters asked, Set<Integer> stopTokens, LongSupplier freshSeeds) {
    try {
      return new SamplingOptions(
          asked.hasTemperature() ? asked.getTemperature() : 1,
          (int) Math.min(Integer.toUnsignedLong(asked.getTopK()), vocabulary),
          asked.hasTopP() ? asked.getTopP() : 1,
          asked.getMaxNewTokens() == 0 ? maxNewTokens : asked.getMaxNewTokens(),
          asked.getMinNewTokens(),
          stopTokens,
          asked.hasSeed() ? asked.getSeed() : freshSeeds.getAsLong());
    } catch (IllegalArgumentException e) {
      // The generator's names of its options are the contract's.
      throw new InvalidRequestException("sampling." + e.getMessage());
    }
  }

  private static String unsigned(int value) {
    return Integer.toUnsignedString(value);
  }

  private static void require(boolean holds, String field, Object found, String expected) {
    if (!holds) {
      throw new InvalidRequestException(
          "sampling." + field + " is " + found + ", expected " + expected);
    }
  }
}
