package dev.parley.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * An answer in steps, and which of them are right as far as somebody said.
 *
 * @param prompt the turns that are answered
 * @param steps the answer's steps, in order
 */
public record Solution(List<ChatTurn> prompt, List<Step> steps) implements Example {

  /** What a step's label is that is neither right nor wrong. */
  public static final double NEUTRAL = 0.5;

  /**
   * One step.
   *
   * @param text what it says
   * @param label how right it is, from 0 (wrong) to 1 (right); empty if nobody said
   */
  public record Step(String text, OptionalDouble label) {

    /**
     * Checks text and label.
     *
     * @throws InvalidExampleException if the step is blank, or the label is not from 0 to 1
     */
    public Step {
      if (text.isBlank()) {
        throw new InvalidExampleException(
            Defect.EMPTY, "a step is empty; expected text, or no such step");
      }
      Turns.requireWholeCharacters("a step", text);
      if (label.isPresent() && !(label.getAsDouble() >= 0 && label.getAsDouble() <= 1)) {
        throw new InvalidExampleException(
            Defect.WRONG_VALUE,
            "a step's label is %s; expected true, false, or a number from 0 (wrong) to 1 (right)"
                .formatted(label.getAsDouble()));
      }
    }
  }

  /**
   * Checks and copies.
   *
   * @throws InvalidExampleException if the turns do not make a prompt, or there is no step
   */
  public Solution {
    prompt = List.copyOf(prompt);
    steps = List.copyOf(steps);
    Turns.requirePrompt(prompt);
    if (steps.isEmpty()) {
      throw new InvalidExampleException(
          Defect.EMPTY, "the answer has no steps; expected at least one");
    }
  }

  /** Returns the whole answer, one step after the other. */
  public String answer(String separator) {
    return steps.stream().map(Step::text).collect(Collectors.joining(separator));
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt, Optional.empty(), Map.of());
  }

  @Override
  public String kind() {
    return "solution";
  }
}
