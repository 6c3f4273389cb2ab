package dev.parley.judge.rating;

import java.util.List;
import java.util.SplittableRandom;

/**
 * How often one model's answers beat another's.
 *
 * @param rows requests
 * @param rate the share of wins, ties half: 0 to 1
 * @param low lower bound of its 95% interval
 * @param high upper bound
 * @param lengthControlled what it would be if answers were of equal length; NaN if all are
 * @param lengthWeight log-odds that a much longer answer gains
 * @param meanLength characters of the model's answers
 * @param otherMeanLength characters of the other's
 */
public record WinRate(
    int rows,
    double rate,
    double low,
    double high,
    double lengthControlled,
    double lengthWeight,
    double meanLength,
    double otherMeanLength) {

  private static final double Z_95 = 1.959964;
  private static final int STEPS = 100;

  /**
   * Sums up.
   *
   * @param duels at least one
   * @param resamples how often the groups are drawn anew for the interval (percentile bootstrap)
   * @param seed of those draws
   */
  public static WinRate of(List<Duel> duels, int resamples, long seed) {
    if (duels.isEmpty()) {
      throw new IllegalArgumentException("no request was judged; expected at least one");
    }
    List<List<Duel>> groups = Resampling.groups(duels, Duel::group);
    SplittableRandom random = new SplittableRandom(seed);
    double[] drawn = new double[resamples];
    for (int i = 0; i < resamples; i++) {
      drawn[i] = rate(Resampling.draw(groups, random));
    }
    double rate = rate(duels);
    double[] interval =
        duels.stream().mapToDouble(Duel::score).distinct().count() == 1
            ? wilson(rate, groups.size())
            : Resampling.interval(drawn);
    double[] fit = lengthFit(duels);
    return new WinRate(
        duels.size(),
        rate,
        interval[0],
        interval[1],
        fit[0],
        fit[1],
        duels.stream().mapToInt(Duel::length).average().orElseThrow(),
        duels.stream().mapToInt(Duel::otherLength).average().orElseThrow());
  }

  private static double rate(List<Duel> duels) {
    return duels.stream().mapToDouble(Duel::score).average().orElseThrow();
  }

  /**
   * Where all rows say the same, drawing them anew says nothing: Wilson's interval (1927) instead.
   */
  static double[] wilson(double p, int n) {
    double z2 = Z_95 * Z_95 / n;
    double centre = (p + z2 / 2) / (1 + z2);
    double half = Z_95 * Math.sqrt(p * (1 - p) / n + z2 / (4 * n)) / (1 + z2);
    return new double[] {centre - half, centre + half};
  }

  /**
   * Length control after Dubois et al. 2024 (arXiv:2404.04475), without their term for how hard a
   * request is: logit P(win) = θ + β tanh(Δ/s), with Δ the difference of the lengths and s its root
   * mean square; the controlled rate is σ(θ). One tie more, between answers of equal length, and a
   * unit normal prior on β keep both finite. By Newton's method.
   *
   * @return σ(θ) and β; NaN and 0 if all answers are of equal length
   */
  private static double[] lengthFit(List<Duel> duels) {
    int n = duels.size();
    double[] x = new double[n + 1];
    double square = 0;
    for (int i = 0; i < n; i++) {
      x[i] = (double) duels.get(i).length() - duels.get(i).otherLength();
      square += x[i] * x[i];
    }
    if (square == 0) {
      return new double[] {Double.NaN, 0};
    }
    double scale = Math.sqrt(square / n);
    double theta = 0;
    double beta = 0;
    for (int step = 0; step < STEPS; step++) {
      double[] gradient = {0, -beta};
      double[][] information = {{0, 0}, {0, 1}};
      for (int i = 0; i <= n; i++) {
        double y = i == n ? 0.5 : duels.get(i).score();
        double u = Math.tanh(x[i] / scale);
        double p = BradleyTerry.sigmoid(theta + beta * u);
        gradient[0] += y - p;
        gradient[1] += (y - p) * u;
        double weight = p * (1 - p);
        information[0][0] += weight;
        information[0][1] += weight * u;
        information[1][0] += weight * u;
        information[1][1] += weight * u * u;
      }
      double[] move = BradleyTerry.solve(information, gradient);
      // A step of more than 2 could leave the region where the curvature says anything.
      double most = Math.max(Math.abs(move[0]), Math.abs(move[1]));
      double shorten = most > 2 ? 2 / most : 1;
      theta += shorten * move[0];
      beta += shorten * move[1];
      if (most < 1e-10) {
        break;
      }
    }
    return new double[] {BradleyTerry.sigmoid(theta), beta};
  }
}
