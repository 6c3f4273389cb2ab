package dev.parley.cli.answers;

import dev.parley.model.generation.SamplingOptions;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how answers are drawn, as a picocli mixin. */
final class SamplingChoices {

  private CommandSpec spec;

  @Option(
      names = "--temperature",
      defaultValue = "1.0",
      description = "Divides the logits; 0 is greedy. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--top-k",
      defaultValue = "0",
      description = "Keep only this many tokens; 0, the default, keeps all.")
  private int topK;

  @Option(
      names = "--top-p",
      defaultValue = "1.0",
      description = "Keep the smallest set of this probability. Default: ${DEFAULT-VALUE}.")
  private double topP;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens;

  @Option(
      names = "--seed",
      description = "The same seed gives the same answers. Default: a new one each time.")
  private long seed = ThreadLocalRandom.current().nextLong();

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /**
   * Returns the options for one answer.
   *
   * @throws ParameterException if one of them is out of its range
   */
  SamplingOptions options(Set<Integer> stopTokens, long index) {
    try {
      return new SamplingOptions(
          temperature, topK, topP, maxNewTokens, 0, stopTokens, seedOf(index));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /**
   * Returns the options for a service that is asked for answers.
   *
   * @param index the first answer's place among all; the service gives the others seeds of their
   *     own
   * @throws ParameterException if one of them is out of its range
   */
  SamplingParameters parameters(long index) {
    SamplingOptions checked = options(Set.of(), index);
    return SamplingParameters.newBuilder()
        .setTemperature(checked.temperature())
        .setTopK(checked.topK())
        .setTopP(checked.topP())
        .setMaxNewTokens(checked.maxNewTokens())
        .setSeed(checked.seed())
        .build();
  }

  private long seedOf(long index) {
    return seed * 0x9E3779B97F4A7C15L + index;
  }
}
