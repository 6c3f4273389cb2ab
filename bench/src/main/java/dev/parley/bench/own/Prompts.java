package dev.parley.bench.own;

import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Sequences to generate: random prompts, no two of which are alike, and answers of exact lengths
 * from the whole distribution.
 */
final class Prompts {

  /** What peers take from the models' config.json as the end of an answer. */
  private static final Set<Integer> STOPS = Set.of(1);

  private static final Sequence.Listener SILENT =
      new Sequence.Listener() {
        @Override
        public Optional<FinishReason> onToken(Sequence sequence) {
          return Optional.empty();
        }

        @Override
        public void onFinish(Sequence sequence, FinishReason reason) {}
      };

  private final Random random = new Random(1);
  private final int length;
  private final int vocabulary;

  /**
   * Prompts of one length.
   *
   * @param length tokens of a prompt
   * @param vocabulary tokens of the model
   */
  Prompts(int length, int vocabulary) {
    this.length = length;
    this.vocabulary = vocabulary;
  }

  /** Returns a sequence of one more prompt that gets exactly so many new tokens. */
  Sequence next(int newTokens) {
    int[] prompt = random.ints(length, 0, vocabulary).toArray();
    return new Sequence(
        prompt,
        new SamplingOptions(1, 0, 1, newTokens, newTokens, STOPS, random.nextLong()),
        SILENT);
  }
}
