package dev.parley.policy.generation;

import dev.parley.model.generation.SamplingOptions;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.List;

/**
 * How the answers to one request are drawn.
 *
 * @param options for the generator; its seed is the request's
 * @param stopStrings texts that end an answer
 * @param effective the contract's form of both, all defaults filled in
 */
public record SamplingPlan(
    SamplingOptions options, List<String> stopStrings, SamplingParameters effective) {

  /** Copies the list. */
  public SamplingPlan {
    stopStrings = List.copyOf(stopStrings);
  }

  /** Returns the generator's options for one answer. */
  public SamplingOptions forSample(int index) {
    return options.withSeed(SampleSeeds.of(options.seed(), index));
  }
}
