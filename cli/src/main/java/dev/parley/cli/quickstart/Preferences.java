package dev.parley.cli.quickstart;

import dev.parley.cli.answers.LocalModel;
import dev.parley.cli.terminal.Progress;
import dev.parley.data.ChatTurn;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.DatasetWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;

/**
 * Asks simulated people which of two answers is better. They agree with the gold score only as
 * often as people agree with each other, and less the closer two answers are: they choose the
 * better one with probability σ(difference / τ) (Bradley and Terry 1952), where τ is set so that
 * the mean agreement is {@link #AGREEMENT}.
 *
 * @param agreement share of pairs whose label is the gold score's
 * @param pairs how many pairs were labelled
 */
record Preferences(double agreement, int pairs) {

  /** How often annotators agree in Stiennon et al. 2020 and Ouyang et al. 2022: 73 to 77%. */
  static final double AGREEMENT = 0.75;

  /** Two answers to one question, the better one first. */
  private record Pair(String question, String better, String worse, double difference) {}

  /**
   * Draws pairs of answers from a model, has them labelled, and writes them.
   *
   * @param model the model
   * @param questions what is asked, over and over
   * @param count how many pairs
   * @param random decides
   * @param file where they go
   * @param progress shows how many are there
   */
  static Preferences collect(
      LocalModel model,
      List<String> questions,
      int count,
      Random random,
      Path file,
      Progress progress)
      throws IOException {
    List<Pair> pairs = new ArrayList<>();
    while (pairs.size() < count) {
      List<String> asked = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        String question = questions.get(random.nextInt(questions.size()));
        asked.add(question);
        asked.add(question);
      }
      List<String> answers = Answers.draw(model, asked, random.nextLong());
      for (int i = 0; i < asked.size() && pairs.size() < count; i += 2) {
        add(pairs, asked.get(i), answers.get(i), answers.get(i + 1));
      }
      progress.at(pairs.size());
    }
    double temperature = temperature(pairs);
    int agreed = 0;
    try (DatasetWriter writer = DatasetWriter.create(file)) {
      for (Pair pair : pairs) {
        boolean right = random.nextDouble() < 1 / (1 + Math.exp(-pair.difference() / temperature));
        agreed += right ? 1 : 0;
        writer.write(
            new Preference(
                List.of(ChatTurn.user(pair.question())),
                List.of(ChatTurn.assistant(right ? pair.better() : pair.worse())),
                List.of(ChatTurn.assistant(right ? pair.worse() : pair.better())),
                OptionalDouble.empty(),
                false,
                PreferenceSource.RULE,
                "simulated annotator"));
      }
      writer.finish();
    }
    return new Preferences((double) agreed / pairs.size(), pairs.size());
  }

  private static void add(List<Pair> pairs, String question, String one, String other) {
    double first = HouseholdTask.gold(question, one);
    double second = HouseholdTask.gold(question, other);
    if (first == second || one.isBlank() || other.isBlank()) {
      return; // nobody could say which is better
    }
    pairs.add(
        first > second
            ? new Pair(question, one, other, first - second)
            : new Pair(question, other, one, second - first));
  }

  /** Finds the τ at which the mean agreement is as wanted, by bisection. */
  private static double temperature(List<Pair> pairs) {
    double low = 1e-3;
    double high = 10;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      double mean =
          pairs.stream()
              .mapToDouble(pair -> 1 / (1 + Math.exp(-pair.difference() / middle)))
              .average()
              .orElseThrow();
      if (mean > AGREEMENT) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
