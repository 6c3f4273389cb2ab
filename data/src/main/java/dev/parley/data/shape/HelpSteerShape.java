package dev.parley.data.shape;

import dev.parley.data.Example;
import dev.parley.data.Rating;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * HelpSteer's rows: {@code prompt}, {@code response}, and a number from 0 to 4 for each of five
 * attributes.
 */
final class HelpSteerShape implements RowShape {

  private static final Set<String> ATTRIBUTES =
      Set.of("helpfulness", "correctness", "coherence", "complexity", "verbosity");

  @Override
  public String name() {
    return "helpsteer";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt", "response", "helpfulness");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("completion", "chosen", "rejected", "messages", "conversations", "score");
  }

  @Override
  public Example read(RowFields row) {
    Map<String, Double> scores = new TreeMap<>();
    for (String attribute : ATTRIBUTES) {
      row.optionalNumber(attribute).ifPresent(score -> scores.put(attribute, score));
    }
    return new Rating(row.promptTurns("prompt"), row.answerTurns("response"), scores);
  }
}
