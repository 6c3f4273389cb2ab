package dev.parley.trainer.rl;

import java.util.Arrays;

/**
 * Mean, variance and whitening over the action tokens of a batch.
 *
 * <p>With n the number of action tokens: {@code mean = Σ x / n}, population variance {@code Σ (x −
 * mean)² / n}, unbiased variance {@code Σ (x − mean)² / (n − 1)}. Whitening subtracts the mean and
 * divides by the deviation over <em>all</em> rows given, so a caller that wants the global batch
 * passes the global batch.
 */
public final class MaskedStatistics {
  /** Inside the root of {@link #whiten}, as in TRL and veRL. */
  private static final double WHITENING_EPSILON = 1e-8;

  /** The least variance that {@link #standardize} divides by, as in OpenRLHF. */
  private static final double LEAST_VARIANCE = 1e-8;

  private MaskedStatistics() {}

  /** Number of action tokens. */
  public static long count(boolean[][] mask) {
    long count = 0;
    for (boolean[] row : mask) {
      count += count(row);
    }
    return count;
  }

  /** Number of action tokens of one row. */
  public static int count(boolean[] row) {
    int count = 0;
    for (boolean action : row) {
      count += action ? 1 : 0;
    }
    return count;
  }

  /**
   * Mean over all action tokens.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there is no action token
   */
  public static double mean(float[][] values, boolean[][] mask) {
    Rows.requireShape("values", values, mask);
    long count = count(mask);
    if (count == 0) {
      throw new IllegalArgumentException(
          "the mean of no tokens: the mask has no action token in %d rows; leave such batches out"
              .formatted(mask.length));
    }
    double sum = 0;
    for (int b = 0; b < values.length; b++) {
      sum += sum(values[b], mask[b]);
    }
    return sum / count;
  }

  /**
   * Mean of each row over its action tokens; NaN for a row without any.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B]}
   * @throws IllegalArgumentException if shapes differ
   */
  public static double[] rowMeans(float[][] values, boolean[][] mask) {
    Rows.requireShape("values", values, mask);
    double[] means = new double[values.length];
    Arrays.setAll(means, b -> sum(values[b], mask[b]) / count(mask[b]));
    return means;
  }

  /**
   * Variance with divisor n − 1.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there are fewer than two action tokens
   */
  public static double unbiasedVariance(float[][] values, boolean[][] mask) {
    long count = count(mask);
    if (count < 2) {
      throw new IllegalArgumentException(
          "the unbiased variance needs two action tokens, the mask has %d; use a larger batch"
              .formatted(count));
    }
    return populationVariance(values, mask) * count / (count - 1);
  }

  /**
   * Variance with divisor n.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there is no action token
   */
  public static double populationVariance(float[][] values, boolean[][] mask) {
    double mean = mean(values, mask);
    double sum = 0;
    for (int b = 0; b < values.length; b++) {
      for (int t = 0; t < values[b].length; t++) {
        if (mask[b][t]) {
          sum += (values[b][t] - mean) * (values[b][t] - mean);
        }
      }
    }
    return sum / count(mask);
  }

  /**
   * {@code (x − mean) / √(unbiased variance + 1e-8)}: what PPO does with its advantages.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ or there are fewer than two action tokens
   */
  public static float[][] whiten(float[][] values, boolean[][] mask) {
    double scale = 1 / Math.sqrt(unbiasedVariance(values, mask) + WHITENING_EPSILON);
    return affine(values, mask, mean(values, mask), scale, 0);
  }

  /**
   * As {@link #whiten}, with the mean added back: what PPO does with its rewards, whose sign means
   * something.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ or there are fewer than two action tokens
   */
  public static float[][] whitenKeepingMean(float[][] values, boolean[][] mask) {
    double mean = mean(values, mask);
    double scale = 1 / Math.sqrt(unbiasedVariance(values, mask) + WHITENING_EPSILON);
    return affine(values, mask, mean, scale, mean);
  }

  /**
   * {@code (x − mean) / √max(population variance, 1e-8)}: OpenRLHF's way to normalise advantages.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ or there is no action token
   */
  public static float[][] standardize(float[][] values, boolean[][] mask) {
    double scale = 1 / Math.sqrt(Math.max(populationVariance(values, mask), LEAST_VARIANCE));
    return affine(values, mask, mean(values, mask), scale, 0);
  }

  /**
   * {@link #standardize} of each row by itself; a row without action tokens stays 0.
   *
   * @param values {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ
   */
  public static float[][] standardizeRows(float[][] values, boolean[][] mask) {
    Rows.requireShape("values", values, mask);
    float[][] result = Rows.zeros(mask);
    for (int b = 0; b < values.length; b++) {
      if (count(mask[b]) > 0) {
        result[b] = standardize(new float[][] {values[b]}, new boolean[][] {mask[b]})[0];
      }
    }
    return result;
  }

  /**
   * How much of the returns' variance the critic foresaw: {@code 1 − Var(R − V) / Var(R)}; 1 is a
   * perfect critic, 0 is no better than a constant, NaN if the returns do not vary.
   *
   * @param values V, {@code [B][T]}
   * @param returns R, {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there is no action token
   */
  public static double explainedVariance(float[][] values, float[][] returns, boolean[][] mask) {
    Rows.requireShape("values", values, mask);
    Rows.requireShape("returns", returns, mask);
    float[][] errors = Rows.zeros(mask);
    for (int b = 0; b < values.length; b++) {
      for (int t = 0; t < values[b].length; t++) {
        errors[b][t] = returns[b][t] - values[b][t];
      }
    }
    double variance = populationVariance(returns, mask);
    return variance == 0 ? Double.NaN : 1 - populationVariance(errors, mask) / variance;
  }

  private static double sum(float[] row, boolean[] mask) {
    double sum = 0;
    for (int t = 0; t < row.length; t++) {
      sum += mask[t] ? row[t] : 0;
    }
    return sum;
  }

  private static float[][] affine(
      float[][] values, boolean[][] mask, double centre, double scale, double shift) {
    float[][] result = Rows.zeros(mask);
    for (int b = 0; b < values.length; b++) {
      for (int t = 0; t < values[b].length; t++) {
        if (mask[b][t]) {
          result[b][t] = (float) ((values[b][t] - centre) * scale + shift);
        }
      }
    }
    return result;
  }
}
