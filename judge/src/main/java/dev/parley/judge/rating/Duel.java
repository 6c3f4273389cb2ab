package dev.parley.judge.rating;

/**
 * One request that two models answered.
 *
 * @param group the request: rows of one group are drawn together
 * @param score of the model in question: 1 if its answer was better, 0 if worse, ½ if neither
 * @param length of its answer, in characters
 * @param otherLength of the other's answer
 */
public record Duel(String group, double score, int length, int otherLength) {

  /** Refuses scores outside 0 to 1. */
  public Duel {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("a score is %s; expected 0 to 1".formatted(score));
    }
  }
}
