package dev.parley.policy;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.generation.EndOfSequence;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.policy.generation.SamplingRules;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;

/**
 * A model directory at work: weights, text, and the engine that answers with them.
 *
 * @param directory where it lies
 * @param language the model
 * @param tokenizer its tokenizer, if it has one
 * @param encoder makes tokens of prompts
 * @param planner checks requests
 * @param engine answers them
 */
record PolicyModel(
    ModelDirectory directory,
    LanguageModel language,
    Optional<Tokenizer> tokenizer,
    PromptEncoder encoder,
    JobPlanner planner,
    GenerationEngine engine)
    implements AutoCloseable {

  /**
   * Opens a directory and starts the engine.
   *
   * @throws RuntimeException if the directory holds no language model that can be used; the message
   *     names the file
   */
  static PolicyModel open(PolicySettings settings, PolicyMetrics metrics) {
    settings.threads().ifPresent(NativeThreads::set);
    ModelDirectory directory = ModelDirectory.of(settings.model(), settings.base());
    ServedVersion start = new ServedVersion(0, directory.digest());
    Optional<Tokenizer> tokenizer =
        Files.exists(directory.text().resolve("tokenizer.json"))
            ? Optional.of(Tokenizer.open(directory.text()))
            : Optional.empty();
    LanguageModel language = LanguageModel.open(directory, settings.engine());
    int vocabulary = language.shape().vocabulary();
    Set<Integer> endOfSequence = EndOfSequence.read(directory.base(), tokenizer, vocabulary);
    SamplingRules rules = new SamplingRules(settings.maxNewTokens(), vocabulary, endOfSequence);
    return new PolicyModel(
        directory,
        language,
        tokenizer,
        tokenizer
            .map(present -> PromptEncoder.open(directory.text(), present))
            .orElseGet(PromptEncoder::ofTokensOnly),
        new JobPlanner(rules, settings.maxSamples(), tokenizer, new SecureRandom()::nextLong),
        new GenerationEngine(language, start, settings.limits(), metrics));
  }

  /** Makes some answers, so that the first client does not wait for what is made once. */
  GeneratedGroup warmUp(int samples, int tokens) {
    SamplingParameters sampling =
        SamplingParameters.newBuilder()
            .setMaxNewTokens(tokens)
            .setIgnoreEndOfSequence(true)
            .build();
    GenerationJob job =
        planner.plan(new int[] {0, 0}, samples, "n", sampling, GenerationJob.NO_TOKEN_LISTENER);
    try {
      engine.submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException("requests came before the service was ready", e);
    }
    return job.result().join();
  }

  @Override
  public void close() {
    engine.close();
    language.close();
    tokenizer.ifPresent(Tokenizer::close);
  }
}
