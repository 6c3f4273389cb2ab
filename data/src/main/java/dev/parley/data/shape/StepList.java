package dev.parley.data.shape;

import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Solution.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Steps with their labels, as the shapes of process supervision have them. */
final class StepList {

  private StepList() {}

  /** Puts texts and labels together, of which there must be as many. */
  static List<Step> of(List<String> texts, List<OptionalDouble> labels, String key) {
    if (texts.size() != labels.size()) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "'%s' has %d entries for %d steps; expected one for each"
              .formatted(key, labels.size(), texts.size()));
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      steps.add(new Step(texts.get(i), labels.get(i)));
    }
    return steps;
  }

  /**
   * Labels steps of which the first wrong one is known: those before it are right, and of those
   * after it nothing is said.
   *
   * @param firstWrong its index; -1 if all are right
   */
  static List<Step> upToTheFirstWrong(List<String> texts, int firstWrong) {
    List<OptionalDouble> labels = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      labels.add(
          firstWrong < 0 || i < firstWrong
              ? OptionalDouble.of(1)
              : i == firstWrong ? OptionalDouble.of(0) : OptionalDouble.empty());
    }
    return of(texts, labels, "label");
  }

  /** PRM800K's rating of a step, -1, 0 or 1, as a label from 0 to 1. */
  static OptionalDouble ofRating(OptionalDouble rating) {
    if (rating.isPresent() && Math.abs(rating.getAsDouble()) != 1 && rating.getAsDouble() != 0) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "'rating' is %s; expected -1, 0 or 1".formatted(rating.getAsDouble()));
    }
    return rating.isPresent()
        ? OptionalDouble.of((rating.getAsDouble() + 1) / 2)
        : OptionalDouble.empty();
  }
}
