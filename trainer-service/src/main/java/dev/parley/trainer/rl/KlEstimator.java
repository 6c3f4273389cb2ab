package dev.parley.trainer.rl;

/**
 * Estimators of KL(π ‖ π_ref) from one sampled token (Schulman 2020, "Approximating KL
 * Divergence"). With d = log π(a) − log π_ref(a):
 *
 * <table>
 * <caption>Names in the field</caption>
 * <tr><td>{@link #K1}</td><td>d</td><td>"kl"; unbiased, may be negative</td></tr>
 * <tr><td>{@link #K2}</td><td>d²/2</td><td>"mse"; biased, its gradient is that of the KL</td></tr>
 * <tr><td>{@link #K3}</td><td>e^−d − 1 + d</td><td>"low_var_kl"; unbiased, never negative</td></tr>
 * <tr><td>{@link #ABS}</td><td>|d|</td><td>"abs"</td></tr>
 * </table>
 */
public enum KlEstimator {
  /** The log-ratio d itself. */
  K1 {
    @Override
    public double of(double logRatio) {
      return logRatio;
    }
  },
  /** d²/2. */
  K2 {
    @Override
    public double of(double logRatio) {
      return logRatio * logRatio / 2;
    }
  },
  /** e^−d − 1 + d, with d clamped to ±20 and the result to ±10, as in veRL and NeMo-RL. */
  K3 {
    @Override
    public double of(double logRatio) {
      double d = Math.max(-LOG_RATIO_BOUND, Math.min(LOG_RATIO_BOUND, logRatio));
      return Math.max(-K3_BOUND, Math.min(K3_BOUND, Math.expm1(-d) + d));
    }
  },
  /** |d|. */
  ABS {
    @Override
    public double of(double logRatio) {
      return Math.abs(logRatio);
    }
  };

  /** A log-ratio beyond this is clamped before it meets an exponential. */
  public static final double LOG_RATIO_BOUND = 20;

  /** K3 is clamped to plus or minus this. */
  public static final double K3_BOUND = 10;

  /**
   * The estimate for one token, in nats.
   *
   * @param logRatio d = log π(a) − log π_ref(a)
   */
  public abstract double of(double logRatio);
}
