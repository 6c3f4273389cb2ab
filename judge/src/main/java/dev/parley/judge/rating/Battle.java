package dev.parley.judge.rating;

/**
 * Two models' answers to one request, and which was better.
 *
 * @param group what was asked: battles of one group are not independent, and are drawn together
 * @param first a model
 * @param second another model
 * @param score of the first: 1 if it won, 0 if it lost, ½ for a tie
 */
public record Battle(String group, String first, String second, double score) {

  /** Refuses a battle with itself, and scores that mean nothing. */
  public Battle {
    if (first.isBlank() || second.isBlank() || first.equals(second)) {
      throw new IllegalArgumentException(
          "a battle is between \"%s\" and \"%s\"; expected two models".formatted(first, second));
    }
    if (score != 0 && score != 0.5 && score != 1) {
      throw new IllegalArgumentException(
          "a battle's score is %s; expected 1, 0.5 or 0".formatted(score));
    }
  }
}
