package dev.parley.cli.quickstart;

import dev.parley.cli.answers.LocalModel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Answers to questions that no step has learnt from, and their gold scores.
 *
 * @param questions what was asked
 * @param answers what was answered
 * @param gold the answers' gold scores
 * @param klPerAnswer mean distance from the reference, nats per answer
 */
record Evaluation(
    List<String> questions, List<String> answers, List<Double> gold, double klPerAnswer) {

  /** Draws one answer to each question, the same seeds each time. */
  static Evaluation of(LocalModel policy, LocalModel reference, List<String> questions) {
    Measurement drawn =
        Measurement.of(policy, reference, Optional.empty(), questions, 1, 77, progress -> {});
    return new Evaluation(
        questions,
        Stream.of(drawn.answers()).map(answers -> answers[0]).toList(),
        Stream.of(drawn.gold()).map(gold -> gold[0]).toList(),
        Measurement.Estimate.of(drawn.kl()).mean());
  }

  /** Returns the mean gold score. */
  double meanGold() {
    return gold.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
