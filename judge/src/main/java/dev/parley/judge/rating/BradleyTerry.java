package dev.parley.judge.rating;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Ratings that make the battles most likely (Bradley and Terry 1952), on the scale of Elo as
 * Chatbot Arena has it (Chiang et al. 2024, arXiv:2403.04132): P(i beats j) = 1 / (1 + 10^((r_j −
 * r_i)/400)).
 */
public final class BradleyTerry {

  /** Points of ten to one odds. */
  public static final double SCALE = 400;

  /** The mean of all ratings. */
  public static final double MEAN = 1000;

  private static final int MOST_STEPS = 200;

  private BradleyTerry() {}

  /**
   * The ratings, by Newton's method on Σ w_ij log σ(θ_i − θ_j), rating = 1000 + 400 θ / ln 10.
   *
   * @param wins {@code [models, models]}: wins of i over j, a tie half for each
   * @return {@code [models]}, with mean 1000
   * @throws IllegalArgumentException if no finite ratings are best: see {@link #rated}
   */
  public static double[] ratings(double[][] wins) {
    if (!rated(wins)) {
      throw new IllegalArgumentException(
          "no finite ratings fit these battles best: some models never lost to the others, never"
              + " won against them, or never met them");
    }
    int n = wins.length;
    double[] theta = new double[n];
    double likelihood = logLikelihood(wins, theta);
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] gradient = new double[n];
      double[][] information = new double[n][n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          double games = wins[i][j] + wins[j][i];
          double p = sigmoid(theta[i] - theta[j]);
          gradient[i] += i == j ? 0 : wins[i][j] - games * p;
          information[i][j] -= i == j ? 0 : games * p * (1 - p);
          information[i][i] += i == j ? 0 : games * p * (1 - p);
        }
      }
      // Only differences matter: a term in the mean makes the matrix one that can be inverted.
      for (double[] row : information) {
        for (int j = 0; j < n; j++) {
          row[j] += 1.0 / n;
        }
      }
      double[] move = solve(information, gradient);
      double length = 1;
      double[] next = moved(theta, move, length);
      while (logLikelihood(wins, next) < likelihood && length > 1e-9) {
        length /= 2;
        next = moved(theta, move, length);
      }
      theta = next;
      likelihood = logLikelihood(wins, theta);
      if (Arrays.stream(move).map(Math::abs).max().orElse(0) < 1e-12) {
        break;
      }
    }
    double mean = Arrays.stream(theta).average().orElseThrow();
    return Arrays.stream(theta)
        .map(value -> MEAN + SCALE * (value - mean) / Math.log(10))
        .toArray();
  }

  /**
   * Whether finite ratings are best: from each model a chain of victories (or ties) leads to each
   * other one (Ford 1957).
   */
  public static boolean rated(double[][] wins) {
    return reachesAll(wins, false) && reachesAll(wins, true);
  }

  private static boolean reachesAll(double[][] wins, boolean backwards) {
    boolean[] seen = new boolean[wins.length];
    Deque<Integer> open = new ArrayDeque<>();
    seen[0] = true;
    open.add(0);
    int reached = 1;
    while (!open.isEmpty()) {
      int i = open.poll();
      for (int j = 0; j < wins.length; j++) {
        if (!seen[j] && (backwards ? wins[j][i] : wins[i][j]) > 0) {
          seen[j] = true;
          open.add(j);
          reached++;
        }
      }
    }
    return reached == wins.length;
  }

  /** P(i beats j) of two ratings. */
  public static double winProbability(double first, double second) {
    return sigmoid((first - second) * Math.log(10) / SCALE);
  }

  /**
   * Σ w_ij log P(i beats j).
   *
   * @param wins {@code [models, models]}
   * @param ratings {@code [models]}
   */
  public static double logLikelihoodOf(double[][] wins, double[] ratings) {
    return logLikelihood(
        wins, Arrays.stream(ratings).map(rating -> rating * Math.log(10) / SCALE).toArray());
  }

  private static double logLikelihood(double[][] wins, double[] theta) {
    double sum = 0;
    for (int i = 0; i < theta.length; i++) {
      for (int j = 0; j < theta.length; j++) {
        double gap = theta[j] - theta[i];
        // log σ(−gap), without overflow
        sum -= wins[i][j] * (Math.max(gap, 0) + Math.log1p(Math.exp(-Math.abs(gap))));
      }
    }
    return sum;
  }

  private static double[] moved(double[] from, double[] move, double length) {
    double[] to = from.clone();
    for (int i = 0; i < to.length; i++) {
      to[i] += length * move[i];
    }
    return to;
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Gauss's elimination with pivots; the arguments are written over. */
  static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        pivot = Math.abs(a[row][column]) > Math.abs(a[pivot][column]) ? row : pivot;
      }
      double[] swapped = a[column];
      a[column] = a[pivot];
      a[pivot] = swapped;
      double value = b[column];
      b[column] = b[pivot];
      b[pivot] = value;
      for (int row = column + 1; row < n; row++) {
        double factor = a[row][column] / a[column][column];
        for (int k = column; k < n; k++) {
          a[row][k] -= factor * a[column][k];
        }
        b[row] -= factor * b[column];
      }
    }
    for (int row = n - 1; row >= 0; row--) {
      for (int k = row + 1; k < n; k++) {
        b[row] -= a[row][k] * b[k];
      }
      b[row] /= a[row][row];
    }
    return b;
  }
}
