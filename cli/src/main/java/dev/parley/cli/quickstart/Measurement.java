package dev.parley.cli.quickstart;

import dev.parley.cli.answers.LocalModel;
import dev.parley.model.generation.Sequence;
import dev.parley.model.text.ChatMessage;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Scorer;
import dev.parley.reward.scoring.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Several answers of a model to each of some questions, and what is known of each.
 *
 * @param answers their texts, one array per question
 * @param gold true quality of each, likewise
 * @param proxy what a reward model says, likewise; empty without one
 * @param kl log π − log π_ref of the answer, nats, likewise
 * @param tokens its length, likewise
 */
record Measurement(
    String[][] answers,
    double[][] gold,
    Optional<double[][]> proxy,
    double[][] kl,
    double[][] tokens) {

  /** Answers that are drawn and scored together. */
  private static final int BATCH = 128;

  /** A mean, and its standard error. */
  record Estimate(double mean, double error) {

    /**
     * Of the mean over questions, whose answers resemble each other.
     *
     * @param perQuestion one mean per question, at least 2
     */
    static Estimate of(double[] perQuestion) {
      double mean = Arrays.stream(perQuestion).average().orElseThrow();
      double squares = Arrays.stream(perQuestion).map(x -> (x - mean) * (x - mean)).sum();
      int n = perQuestion.length;
      return new Estimate(mean, Math.sqrt(squares / (n - 1) / n));
    }

    /** Of the mean over all answers. */
    static Estimate of(double[][] values) {
      return of(
          Arrays.stream(values)
              .mapToDouble(answers -> Arrays.stream(answers).average().orElseThrow())
              .toArray());
    }
  }

  /**
   * Draws answers at temperature 1 and looks at them.
   *
   * @param policy answers
   * @param reference what it started from; may be the policy itself
   * @param scorer the proxy, loaded
   * @param samples answers to each question
   * @param seed the same seed draws the same answers
   * @param progress told how many answers there are
   * @throws IllegalStateException if an answer cannot be scored
   */
  static Measurement of(
      LocalModel policy,
      LocalModel reference,
      Optional<Scorer> scorer,
      List<String> questions,
      int samples,
      long seed,
      LongConsumer progress) {
    int count = questions.size();
    String[][] texts = new String[count][samples];
    double[][] gold = new double[count][samples];
    double[][] proxy = new double[count][samples];
    double[][] kl = new double[count][samples];
    double[][] tokens = new double[count][samples];
    for (int begin = 0; begin < count * samples; begin += BATCH) {
      int end = Math.min(begin + BATCH, count * samples);
      List<String> asked = new ArrayList<>();
      for (int i = begin; i < end; i++) {
        asked.add(questions.get(i / samples));
      }
      List<Sequence> answers = Answers.sequences(policy, asked, seed + begin);
      List<Double> distances =
          policy == reference ? List.of() : Answers.kl(policy, reference, asked, answers);
      List<Item> items = new ArrayList<>();
      for (int i = begin; i < end; i++) {
        String question = asked.get(i - begin);
        String text = Answers.text(policy, answers.get(i - begin));
        texts[i / samples][i % samples] = text;
        gold[i / samples][i % samples] = HouseholdTask.gold(question, text);
        tokens[i / samples][i % samples] = answers.get(i - begin).tokens().length;
        kl[i / samples][i % samples] = distances.isEmpty() ? 0 : distances.get(i - begin);
        items.add(
            Item.of(
                new Content.Dialogue(
                    List.of(
                        new ChatMessage("user", question), new ChatMessage("assistant", text)))));
      }
      if (scorer.isPresent()) {
        List<Verdict> verdicts = scorer.get().score(items);
        for (int i = begin; i < end; i++) {
          proxy[i / samples][i % samples] = value(verdicts.get(i - begin), asked.get(i - begin));
        }
      }
      progress.accept(end);
    }
    return new Measurement(texts, gold, scorer.map(any -> proxy), kl, tokens);
  }

  private static double value(Verdict verdict, String question) {
    if (!verdict.ok()) {
      throw new IllegalStateException(
          "an answer to \"%s\" has no score: %s".formatted(question, verdict.error()));
    }
    return verdict.value();
  }
}
