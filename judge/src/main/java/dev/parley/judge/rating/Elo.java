package dev.parley.judge.rating;

import java.util.Arrays;
import java.util.List;

/** Ratings that move with each battle (Elo 1978): e = P(i beats j), r_i += k (s − e). */
public final class Elo {

  private Elo() {}

  /**
   * Plays battles in their order, which matters.
   *
   * @param models the models' names; the result is in this order
   * @param battles the battles
   * @param k points that are at stake
   * @param initial everybody's first rating
   * @return {@code [models]}
   */
  public static double[] ratings(
      List<String> models, List<Battle> battles, double k, double initial) {
    double[] ratings = new double[models.size()];
    Arrays.fill(ratings, initial);
    for (Battle battle : battles) {
      int i = models.indexOf(battle.first());
      int j = models.indexOf(battle.second());
      double surprise = k * (battle.score() - BradleyTerry.winProbability(ratings[i], ratings[j]));
      ratings[i] += surprise;
      ratings[j] -= surprise;
    }
    return ratings;
  }
}
