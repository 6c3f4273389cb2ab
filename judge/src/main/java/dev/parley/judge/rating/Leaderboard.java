package dev.parley.judge.rating;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Models in the order of their Bradley-Terry ratings.
 *
 * @param rows one a model, the best first
 * @param resamples resamples that the intervals are made of
 * @param unrated resamples without finite ratings, which were left out: many make the intervals too
 *     narrow
 */
public record Leaderboard(List<Entry> rows, int resamples, int unrated) {

  /** Copies the rows. */
  public Leaderboard {
    rows = List.copyOf(rows);
  }

  /**
   * One model.
   *
   * @param model its name
   * @param rating Bradley-Terry, 1000 on average
   * @param low lower bound of the rating's 95% interval; NaN without resamples
   * @param high upper bound
   * @param elo its online Elo rating after the last battle
   * @param battles battles that it fought
   * @param winRate its share of points in them
   */
  public record Entry(
      String model,
      double rating,
      double low,
      double high,
      double elo,
      int battles,
      double winRate) {}

  /**
   * Rates models.
   *
   * @param battles the battles, in the order in which they were fought
   * @param prior ties that every two models are taken to have had besides; 0 for none
   * @param k of the online Elo rating
   * @param resamples how often the groups of battles are drawn anew for the intervals
   * @param seed of those draws
   * @throws IllegalArgumentException if there are no finite ratings
   */
  public static Leaderboard of(
      List<Battle> battles, double prior, double k, int resamples, long seed) {
    TreeSet<String> names = new TreeSet<>();
    battles.forEach(battle -> names.addAll(List.of(battle.first(), battle.second())));
    List<String> models = List.copyOf(names);
    if (models.isEmpty()) {
      throw new IllegalArgumentException("there are no battles; expected at least one");
    }
    double[][] wins = wins(models, battles, prior);
    double[] ratings = BradleyTerry.ratings(wins);
    double[] elo = Elo.ratings(models, battles, k, BradleyTerry.MEAN);
    List<double[]> drawn = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Battle>> groups = Resampling.groups(battles, Battle::group);
    for (int i = 0; i < resamples; i++) {
      double[][] again = wins(models, Resampling.draw(groups, random), prior);
      if (BradleyTerry.rated(again)) {
        drawn.add(BradleyTerry.ratings(again));
      }
    }
    List<Entry> rows = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      int model = i;
      double[] interval =
          drawn.isEmpty()
              ? new double[] {Double.NaN, Double.NaN}
              : Resampling.interval(drawn.stream().mapToDouble(rated -> rated[model]).toArray());
      rows.add(entry(models.get(i), ratings[i], interval, elo[i], battles));
    }
    rows.sort(Comparator.comparingDouble((Entry row) -> -row.rating()));
    return new Leaderboard(rows, resamples, resamples - drawn.size());
  }

  private static Entry entry(
      String model, double rating, double[] interval, double elo, List<Battle> battles) {
    int fought = 0;
    double points = 0;
    for (Battle battle : battles) {
      if (battle.first().equals(model)) {
        fought++;
        points += battle.score();
      } else if (battle.second().equals(model)) {
        fought++;
        points += 1 - battle.score();
      }
    }
    return new Entry(model, rating, interval[0], interval[1], elo, fought, points / fought);
  }

  private static double[][] wins(List<String> models, List<Battle> battles, double prior) {
    double[][] wins = new double[models.size()][models.size()];
    for (int i = 0; i < wins.length; i++) {
      for (int j = 0; j < wins.length; j++) {
        wins[i][j] = i == j ? 0 : prior / 2;
      }
    }
    for (Battle battle : battles) {
      int i = models.indexOf(battle.first());
      int j = models.indexOf(battle.second());
      wins[i][j] += battle.score();
      wins[j][i] += 1 - battle.score();
    }
    return wins;
  }
}
