package dev.parley.model.generation;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Generates a whole batch and waits for its end: the short way for tools and tests. */
public final class Generation {

  private static final Sequence.Listener SILENT =
      new Sequence.Listener() {
        @Override
        public Optional<FinishReason> onToken(Sequence sequence) {
          return Optional.empty();
        }

        @Override
        public void onFinish(Sequence sequence, FinishReason reason) {}
      };

  private Generation() {}

  /**
   * Continues each row of a batch. Row i draws with the options' seed plus i.
   *
   * @param model predicts tokens
   * @param prompts B rows
   * @param options how to draw
   * @return one finished sequence per row
   */
  public static List<Sequence> all(
      LanguageModel model, TokenBatch prompts, SamplingOptions options) {
    return all(model, prompts, options, GeneratorOptions.Engine.AUTO);
  }

  /**
   * Continues each row of a batch. Row i draws with the options' seed plus i.
   *
   * @param model predicts tokens
   * @param prompts B rows
   * @param options how to draw
   * @param engine what decodes
   * @return one finished sequence per row
   */
  public static List<Sequence> all(
      LanguageModel model,
      TokenBatch prompts,
      SamplingOptions options,
      GeneratorOptions.Engine engine) {
    List<Sequence> sequences = new ArrayList<>();
    // Whole pages of the longest kind, for each row.
    int span = (prompts.longest() + options.maxNewTokens() + 63) / 64 * 64;
    GeneratorOptions room = GeneratorOptions.of(prompts.rows(), prompts.rows() * span).with(engine);
    try (Generator generator = new Generator(model, room)) {
      int[] starts = prompts.starts();
      for (int row = 0; row < prompts.rows(); row++) {
        int end = starts[row] + prompts.lengths()[row];
        int[] prompt = Arrays.copyOfRange(prompts.tokens(), starts[row], end);
        sequences.add(new Sequence(prompt, options.withSeed(options.seed() + row), SILENT));
        generator.submit(sequences.get(row));
      }
      while (generator.step()) {
        // Every step draws a token for each sequence that is still running.
      }
    }
    return sequences;
  }
}
