package dev.parley.trainer.experience;

import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.Split;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rows of data files as tokens, split by prompt into those to learn from and those to measure on.
 *
 * @param train to learn from
 * @param heldOut to measure on
 * @param skipped rows that could not be read
 * @param tooLong rows left out for their length
 * @param <T> what a row becomes
 */
public record LearningData<T>(List<T> train, List<T> heldOut, long skipped, long tooLong) {

  /** Copies the lists. */
  public LearningData {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
  }

  /**
   * Which rows to read and how to divide them.
   *
   * @param files files, directories or patterns
   * @param skipBad whether bad rows are counted rather than stopping
   * @param split into rows to learn from and rows to measure on
   * @param maxTokens longer rows are left out
   */
  public record Source(List<String> files, boolean skipBad, Split split, int maxTokens) {

    private Dataset dataset() {
      return Dataset.of(files.toArray(String[]::new));
    }

    private ReadOptions options() {
      return skipBad ? ReadOptions.skippingBad() : ReadOptions.strict();
    }
  }

  /** Two answers to one prompt as tokens, each with the whole conversation before it. */
  public record Pair(int[] chosen, int[] rejected, double margin) {

    /** Returns the tokens of both. */
    public int tokens() {
      return chosen.length + rejected.length;
    }
  }

  /**
   * A prompt as turns and as tokens.
   *
   * @param row the turns, with what a verifier compares answers with
   * @param tokens as the policy will read them
   */
  public record EncodedPrompt(PromptRow row, int[] tokens) {}

  /** Reads demonstrations. */
  public static LearningData<LearningSequence> demonstrations(
      Source source, ConversationEncoder encoder) {
    return collect(
        source,
        source.dataset().demonstrations(source.options()),
        (Demonstration row) -> {
          LearningSequence sequence = encoder.conversation(row.conversation());
          return sequence.tokens().length > source.maxTokens()
              ? Optional.empty()
              : Optional.of(sequence);
        });
  }

  /** Reads preferences. A tie says nothing about which answer is better, and is left out. */
  public static LearningData<Pair> preferences(Source source, ConversationEncoder encoder) {
    return collect(
        source,
        source.dataset().preferences(source.options()),
        (Preference row) -> {
          if (row.tie()) {
            return Optional.empty();
          }
          Pair pair =
              new Pair(
                  encoder.conversation(joined(row.prompt(), row.chosen())).tokens(),
                  encoder.conversation(joined(row.prompt(), row.rejected())).tokens(),
                  row.margin().orElse(0));
          boolean fits = Math.max(pair.chosen.length, pair.rejected.length) <= source.maxTokens();
          return fits ? Optional.of(pair) : Optional.empty();
        });
  }

  /** Reads prompts; of demonstrations and preferences, the prompts. */
  public static LearningData<EncodedPrompt> prompts(Source source, ConversationEncoder encoder) {
    return collect(
        source,
        source.dataset().prompts(source.options()),
        (PromptRow row) -> {
          int[] tokens = encoder.prompt(row.prompt());
          return tokens.length > source.maxTokens()
              ? Optional.empty()
              : Optional.of(new EncodedPrompt(row, tokens));
        });
  }

  private interface Encoding<E, T> {
    Optional<T> encode(E example);
  }

  private static <E extends Example, T> LearningData<T> collect(
      Source source, DatasetReader<E> reader, Encoding<E, T> encoding) {
    List<T> train = new ArrayList<>();
    List<T> heldOut = new ArrayList<>();
    long leftOut = 0;
    try (reader) {
      while (reader.hasNext()) {
        E example = reader.next().example();
        Optional<T> encoded = encoding.encode(example);
        if (encoded.isEmpty()) {
          leftOut++;
        } else if (source.split().sideOf(example) == Split.Side.TRAIN) {
          train.add(encoded.get());
        } else {
          heldOut.add(encoded.get());
        }
      }
      return new LearningData<>(train, heldOut, reader.skipped().total(), leftOut);
    }
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
