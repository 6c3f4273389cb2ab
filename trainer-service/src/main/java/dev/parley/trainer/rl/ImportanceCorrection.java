package dev.parley.trainer.rl;

import java.util.Arrays;

/**
 * Corrects for tokens that were sampled by another distribution than the one being trained: an
 * older version of the policy, or the same weights in other arithmetic.
 *
 * <pre>
 * w_t = exp(log π_train(a_t) − log π_rollout(a_t))       token level
 * w   = exp(Σ_t (log π_train − log π_rollout))           sequence level, on every token of the row
 * </pre>
 *
 * <p>Both log-ratios are clamped to ±20. Weights are then bounded: truncated importance sampling
 * (Ionides 2008; in this setting Yao et al. 2025, "Your efficient RL framework secretly brings you
 * off-policy RL training") or dropped outside the bounds (IcePop, Ling team 2025). They multiply
 * the loss of a token and carry no gradient.
 *
 * @param level one ratio per token or per row
 * @param bound what happens outside {@code [lower, upper]}
 * @param lower least weight, at least 0
 * @param upper greatest weight, above {@code lower}
 * @param batchNormalize whether weights are divided by their mean, over tokens or over rows
 */
public record ImportanceCorrection(
    Level level, Bound bound, double lower, double upper, boolean batchNormalize) {
  /** What one ratio covers. */
  public enum Level {
    /** Each token its own: low variance, biased. */
    TOKEN,
    /** The whole answer: unbiased, high variance. */
    SEQUENCE
  }

  /** What happens to a weight outside the bounds. */
  public enum Bound {
    /** It is moved to the nearest bound. */
    TRUNCATE,
    /** It becomes 0. */
    DROP
  }

  /**
   * @throws IllegalArgumentException if not {@code 0 <= lower < upper}
   */
  public ImportanceCorrection {
    if (!(lower >= 0 && lower < upper)) {
      throw new IllegalArgumentException(
          "importance weights cannot be bounded to [%s, %s]; give 0 <= lower < upper"
              .formatted(lower, upper));
    }
  }

  /** {@code min(w, upper)}, the usual form; 2 is the usual bound. */
  public static ImportanceCorrection truncated(Level level, double upper) {
    return new ImportanceCorrection(level, Bound.TRUNCATE, 0, upper, false);
  }

  /**
   * Weights and what is worth watching about them. Mean and sample size are over action tokens,
   * after bounding and before normalising.
   *
   * @param weights {@code [B][T]}, 0 outside the mask
   * @param meanWeight near 1 if the two distributions agree
   * @param effectiveSampleSize {@code 1 / mean((w / mean w)²)}, the fraction of the tokens that
   *     equally weighted tokens would need for the same variance; 0 to 1
   * @param boundedFraction fraction of the action tokens whose weight was moved or dropped
   */
  public record Weights(
      float[][] weights, double meanWeight, double effectiveSampleSize, double boundedFraction) {}

  /**
   * The weights of a batch.
   *
   * @param trainLogProbs of the policy being trained, before its first step, {@code [B][T]}
   * @param rolloutLogProbs as the sampler gave them, {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there is no action token
   */
  public Weights weights(float[][] trainLogProbs, float[][] rolloutLogProbs, boolean[][] mask) {
    Rows.requireShape("trainLogProbs", trainLogProbs, mask);
    Rows.requireShape("rolloutLogProbs", rolloutLogProbs, mask);
    // 1 ratios
    double[][] ratios = ratios(trainLogProbs, rolloutLogProbs, mask);
    // 2 bounds
    float[][] weights = Rows.zeros(mask);
    long moved = 0;
    for (int b = 0; b < mask.length; b++) {
      for (int t = 0; t < mask[b].length; t++) {
        if (mask[b][t]) {
          double bounded = bounded(ratios[b][t]);
          moved += bounded == ratios[b][t] ? 0 : 1;
          weights[b][t] = (float) bounded;
        }
      }
    }
    // 3 what is worth watching
    double mean = MaskedStatistics.mean(weights, mask);
    double variance = MaskedStatistics.populationVariance(weights, mask);
    double sampleSize = mean == 0 ? 0 : mean * mean / (mean * mean + variance);
    double movedFraction = (double) moved / MaskedStatistics.count(mask);
    // 4 mean weight 1
    if (batchNormalize && mean > 0) {
      divide(weights, level == Level.TOKEN ? mean : meanOfRows(weights, mask));
    }
    return new Weights(weights, mean, sampleSize, movedFraction);
  }

  private double[][] ratios(float[][] train, float[][] rollout, boolean[][] mask) {
    double[][] ratios = new double[mask.length][];
    for (int b = 0; b < mask.length; b++) {
      ratios[b] = new double[mask[b].length];
      double sum = 0;
      for (int t = 0; t < mask[b].length; t++) {
        if (mask[b][t]) {
          double logRatio = (double) train[b][t] - rollout[b][t];
          ratios[b][t] = clampedExp(logRatio);
          sum += logRatio;
        }
      }
      if (level == Level.SEQUENCE) {
        Arrays.fill(ratios[b], clampedExp(sum));
      }
    }
    return ratios;
  }

  private static double clampedExp(double logRatio) {
    double bound = KlEstimator.LOG_RATIO_BOUND;
    return Math.exp(Math.max(-bound, Math.min(bound, logRatio)));
  }

  private double bounded(double ratio) {
    return switch (bound) {
      case TRUNCATE -> Math.max(lower, Math.min(upper, ratio));
      case DROP -> ratio >= lower && ratio <= upper ? ratio : 0;
    };
  }

  private static double meanOfRows(float[][] weights, boolean[][] mask) {
    return Arrays.stream(MaskedStatistics.rowMeans(weights, mask))
        .filter(mean -> !Double.isNaN(mean))
        .average()
        .orElseThrow();
  }

  private static void divide(float[][] weights, double divisor) {
    for (float[] row : weights) {
      for (int t = 0; t < row.length; t++) {
        row[t] = (float) (row[t] / divisor);
      }
    }
  }
}
