package dev.parley.cli.quickstart;

import dev.parley.cli.answers.LocalModel;
import dev.parley.model.generation.Sequence;
import java.util.ArrayList;
import java.util.List;

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
    List<Sequence> drawn = Answers.sequences(policy, questions, 77);
    List<String> answers = new ArrayList<>();
    List<Double> gold = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      answers.add(Answers.text(policy, drawn.get(i)));
      gold.add(HouseholdTask.gold(questions.get(i), answers.get(i)));
    }
    double kl =
        policy == reference
            ? 0
            : Answers.kl(policy, reference, questions, drawn).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
    return new Evaluation(questions, answers, gold, kl);
  }

  /** Returns the mean gold score. */
  double meanGold() {
    return gold.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
