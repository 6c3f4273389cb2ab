package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.GeneratorOptions;
import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Path;

/**
 * Batches of random prompts are continued together, drawing from the whole distribution.
 *
 * @param model the model's directory
 * @param weights in which format
 * @param rows of a batch
 * @param promptTokens of each row
 * @param newTokens drawn for each row
 * @param warmUpSeconds for at least so long batches are continued beforehand, not timed: the JVM
 *     compiles the engine's loops only after it has run them for a while
 * @param seconds batches are repeated until so much time has gone by
 */
public record SampledGeneration(
    Path model,
    WeightFormat weights,
    int rows,
    int promptTokens,
    int newTokens,
    double warmUpSeconds,
    double seconds)
    implements Work<SampledGeneration.Figures> {

  /**
   * How fast it went.
   *
   * @param tokensPerSecond new tokens over the whole time, prompts' included
   */
  public record Figures(double tokensPerSecond) {}

  @Override
  public Figures run() {
    try (LanguageModel language = LanguageModel.open(model, EngineOptions.CPU);
        Generator generator =
            new Generator(
                language,
                GeneratorOptions.of(rows, rows * (promptTokens + newTokens)).with(weights))) {
      Prompts prompts = new Prompts(promptTokens, language.shape().vocabulary());
      Rounds.ofSeconds(warmUpSeconds).rate(() -> generate(generator, prompts));
      return new Figures(Rounds.ofSeconds(seconds).rate(() -> generate(generator, prompts)));
    }
  }

  private long generate(Generator generator, Prompts prompts) {
    for (int row = 0; row < rows; row++) {
      generator.submit(prompts.next(newTokens));
    }
    while (generator.step()) {
      // Every step draws a token for each row.
    }
    return (long) rows * newTokens;
  }
}
