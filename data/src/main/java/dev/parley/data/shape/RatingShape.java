package dev.parley.data.shape;

import dev.parley.data.Example;
import dev.parley.data.Rating;
import java.util.Map;
import java.util.Set;

/**
 * An answer with a number: {@code prompt}, {@code response}, and {@code score} or {@code scores} by
 * attribute. What {@code parley score} writes is of this shape, so that one model can learn from
 * another's scores.
 */
final class RatingShape implements RowShape {

  private static final String SCORES = "scores";

  @Override
  public String name() {
    return "rating";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt", "response");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("completion", "chosen", "rejected", "messages", "conversations", "helpfulness");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row) && (row.has(Rating.SCORE) || row.has(SCORES));
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    Map<String, Double> scores =
        row.has(SCORES)
            ? row.numberMap(SCORES)
            : Map.of(Rating.SCORE, row.optionalNumber(Rating.SCORE).orElseThrow());
    return new Rating(row.promptTurns("prompt"), row.answerTurns("response"), scores);
  }
}
