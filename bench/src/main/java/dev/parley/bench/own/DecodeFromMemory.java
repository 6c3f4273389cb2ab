package dev.parley.bench.own;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.generation.Generator;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import java.nio.file.Path;

/**
 * One sequence is decoded, which reads every weight for every token, and a large array is read
 * before and after: the fastest that weights can come from memory.
 *
 * @param model the model's directory
 * @param promptTokens read before the clock starts
 * @param newTokens drawn in a round; the first is not timed
 * @param seconds rounds are repeated until so much time has gone by
 */
public record DecodeFromMemory(Path model, int promptTokens, int newTokens, double seconds)
    implements Work<DecodeFromMemory.Figures> {

  /** Far more than the caches hold: 1 GiB in single precision. */
  private static final long ELEMENTS = 1L << 28;

  /**
   * How fast it went.
   *
   * @param tokensPerSecond decoded
   * @param limit tokens per second if nothing took time but reading the weights
   */
  public record Figures(double tokensPerSecond, double limit) {}

  @Override
  public Figures run() {
    try (LanguageModel language = LanguageModel.open(model, EngineOptions.CPU);
        Generator generator = new Generator(language, 1, promptTokens + newTokens);
        NDManager manager = Libtorch.manager(Device.cpu())) {
      Prompts prompts = new Prompts(promptTokens, language.shape().vocabulary());
      NDArray large = manager.ones(new Shape(ELEMENTS));
      decodeNanos(generator, prompts);
      readNanos(large);
      long decodeNanos = 0;
      long readNanos = 0;
      int rounds = 0;
      do {
        readNanos += readNanos(large);
        decodeNanos += decodeNanos(generator, prompts);
        rounds++;
      } while (decodeNanos * 1e-9 < seconds);
      double bytesPerSecond = rounds * ELEMENTS * (double) Float.BYTES / (readNanos * 1e-9);
      return new Figures(
          rounds * (newTokens - 1) / (decodeNanos * 1e-9),
          bytesPerSecond / bytesPerToken(language.weights().parameters(), language.shape()));
    }
  }

  /**
   * Returns the bytes of weights that a token reads: all of them, but of an embedding table that is
   * not the head too only a row. Keys and values are left out: below 1% for 80 tokens at 135M.
   */
  static double bytesPerToken(long parameters, DecoderShape shape) {
    long unread = shape.tied() ? 0 : (long) shape.hidden() * (shape.vocabulary() - 1);
    return (double) (parameters - unread) * Float.BYTES;
  }

  private long decodeNanos(Generator generator, Prompts prompts) {
    generator.submit(prompts.next(newTokens));
    generator.step();
    long begin = System.nanoTime();
    while (generator.step()) {
      // Every step draws a token.
    }
    return System.nanoTime() - begin;
  }

  private static long readNanos(NDArray large) {
    long begin = System.nanoTime();
    try (NDArray sum = large.sum()) {
      sum.getFloat();
    }
    return System.nanoTime() - begin;
  }
}
