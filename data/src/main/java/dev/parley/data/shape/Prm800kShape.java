package dev.parley.data.shape;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Solution;
import dev.parley.data.Solution.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * PRM800K as it was published: {@code question.problem}, and under {@code label.steps} the
 * candidates for each step. The solution is the one that the labeller went on with: each step's
 * chosen candidate, or the one that the labeller wrote, which has no rating. Where neither is there
 * the solution ends, with the first candidate that is rated wrong, if there is one.
 */
final class Prm800kShape implements RowShape {

  @Override
  public String name() {
    return "prm800k";
  }

  @Override
  public Set<String> requires() {
    return Set.of("question", "label");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "chosen", "rejected", "messages", "conversations", "completion");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row) && row.isTurns("question") && row.isTurns("label");
  }

  @Override
  public Example read(RowFields row) {
    String problem = RowFields.textOf(row.node("question").get("problem"), "'question'.'problem'");
    JsonNode steps = row.node("label").path("steps");
    if (!steps.isArray()) {
      throw RowFields.wrongType("'label'.'steps'", steps, "a list of steps");
    }
    List<Step> taken = new ArrayList<>();
    for (JsonNode step : steps) {
      JsonNode candidates = step.path("completions");
      JsonNode chosen = step.path("chosen_completion");
      if (chosen.isInt() && candidates.has(chosen.intValue())) {
        taken.add(step(candidates.get(chosen.intValue())));
      } else if (step.path("human_completion").isObject()) {
        taken.add(step(step.get("human_completion")));
      } else {
        for (JsonNode candidate : candidates) {
          if (candidate.path("rating").asInt(0) < 0) {
            taken.add(step(candidate));
            break;
          }
        }
        break;
      }
    }
    if (taken.isEmpty()) {
      throw new InvalidExampleException(
          Defect.EMPTY, "'label'.'steps' leads to no step; expected a chosen or a wrong one");
    }
    return new Solution(List.of(ChatTurn.user(problem)), taken);
  }

  private static Step step(JsonNode candidate) {
    JsonNode rating = candidate.path("rating");
    return new Step(
        RowFields.textOf(candidate.get("text"), "the 'text' of a step"),
        StepList.ofRating(
            rating.isNumber() ? OptionalDouble.of(rating.doubleValue()) : OptionalDouble.empty()));
  }
}
