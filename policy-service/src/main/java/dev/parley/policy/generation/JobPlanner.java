package dev.parley.policy.generation;

import dev.parley.model.text.Tokenizer;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Makes jobs of what clients and prompts ask for.
 *
 * @param rules what may be asked of the sampler
 * @param maxSamples most answers to one prompt
 * @param tokenizer makes text of answers; without it their texts are empty
 * @param freshSeeds gives seeds to requests that have none
 */
public record JobPlanner(
    SamplingRules rules, int maxSamples, Optional<Tokenizer> tokenizer, LongSupplier freshSeeds) {

  /**
   * Makes a job of a client's request.
   *
   * @param prompt token ids of the request's prompt
   * @param request says how many answers to make, and how
   * @param listener hears each token on the engine's thread
   * @throws InvalidRequestException if something cannot be; the message begins with the field
   */
  public GenerationJob plan(int[] prompt, GenerateRequest request, Consumer<DrawnToken> listener) {
    int samples = request.getN() == 0 ? 1 : request.getN();
    return plan(prompt, samples, "n", request.getSampling(), listener);
  }

  /**
   * Makes a job.
   *
   * @param prompt token ids
   * @param samples answers to make, an unsigned number
   * @param samplesField the name that the client knows it by
   * @param sampling how to draw them
   * @param listener hears each token on the engine's thread
   * @throws InvalidRequestException if something cannot be; the message begins with the field
   */
  public GenerationJob plan(
      int[] prompt,
      int samples,
      String samplesField,
      SamplingParameters sampling,
      Consumer<DrawnToken> listener) {
    if (samples < 1 || samples > maxSamples) {
      throw new InvalidRequestException(
          "%s is %s, expected 1 to %d (parley.policy.generation.max-samples)"
              .formatted(samplesField, Integer.toUnsignedString(samples), maxSamples));
    }
    if (tokenizer.isEmpty() && sampling.getStopStringsCount() > 0) {
      throw new InvalidRequestException(
          "sampling.stop_strings cannot be looked for, since the model has no tokenizer.json");
    }
    SamplingPlan plan = rules.plan(sampling, freshSeeds);
    return new GenerationJob(prompt, samples, plan, tokenizer, listener);
  }
}
