package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Solution;
import dev.parley.data.Solution.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * PRM800K, one candidate step a row: {@code instruction}, {@code responses} (the steps before it,
 * not labelled here), {@code next_response} and its {@code rating}, -1, 0 or 1.
 */
final class Prm800kStepShape implements RowShape {

  @Override
  public String name() {
    return "prm800k-step";
  }

  @Override
  public Set<String> requires() {
    return Set.of("instruction", "next_response");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "chosen", "rejected", "messages", "conversations", "output");
  }

  @Override
  public Example read(RowFields row) {
    List<Step> steps = new ArrayList<>();
    for (String before : row.texts("responses")) {
      steps.add(new Step(before, OptionalDouble.empty()));
    }
    steps.add(new Step(row.text("next_response"), StepList.ofRating(row.optionalNumber("rating"))));
    return new Solution(List.of(ChatTurn.user(row.text("instruction"))), steps);
  }
}
