package dev.parley.data;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An answer and how good somebody found it, as numbers.
 *
 * @param prompt the turns that are answered
 * @param answer the answer's turns
 * @param scores by attribute ({@code helpfulness}), or one under {@value #SCORE}; higher is better
 */
public record Rating(List<ChatTurn> prompt, List<ChatTurn> answer, Map<String, Double> scores)
    implements Example {

  /** The name of a score that is of no attribute in particular. */
  public static final String SCORE = "score";

  /**
   * Checks and copies.
   *
   * @throws InvalidExampleException if the turns do not make a prompt with an answer, or there is
   *     no score, or one is not a finite number
   */
  public Rating {
    prompt = List.copyOf(prompt);
    answer = List.copyOf(answer);
    scores = Collections.unmodifiableMap(new TreeMap<>(scores));
    Turns.requirePrompt(prompt);
    Turns.requireAnswer("the answer", answer);
    if (scores.isEmpty()) {
      throw new InvalidExampleException(
          Defect.MISSING_FIELD, "the answer has no score; expected at least one number");
    }
    scores.forEach(
        (attribute, score) -> {
          if (!Double.isFinite(score)) {
            throw new InvalidExampleException(
                Defect.WRONG_VALUE,
                "%s is %s; expected a finite number".formatted(attribute, score));
          }
        });
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt, Optional.empty(), Map.of());
  }

  @Override
  public String kind() {
    return "rating";
  }
}
