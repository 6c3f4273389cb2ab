package dev.parley.trainer.rl;

/**
 * Mean and variance of all that was seen so far, for scaling rewards by their running deviation.
 * Two summaries are merged by the parallel update of Chan, Golub and LeVeque 1979:
 *
 * <pre>
 * n = n_a + n_b      δ = mean_b − mean_a
 * mean = mean_a + δ n_b / n
 * n · var = n_a var_a + n_b var_b + δ² n_a n_b / n
 * </pre>
 *
 * <p>A value: the components are the whole state.
 *
 * @param mean mean so far
 * @param variance population variance so far
 * @param count how many numbers were seen
 */
public record RunningMoments(double mean, double variance, double count) {
  /** Before anything was seen: mean 0, variance 1, next to no weight. */
  public static final RunningMoments INITIAL = new RunningMoments(0, 1, 1e-24);

  /**
   * The moments of one batch by itself.
   *
   * @param batch {@code [n]}, at least one number
   * @throws IllegalArgumentException if the batch is empty
   */
  public static RunningMoments of(float[] batch) {
    if (batch.length == 0) {
      throw new IllegalArgumentException("the moments of an empty batch; give at least one number");
    }
    double sum = 0;
    for (float x : batch) {
      sum += x;
    }
    double mean = sum / batch.length;
    double squares = 0;
    for (float x : batch) {
      squares += (x - mean) * (x - mean);
    }
    return new RunningMoments(mean, squares / batch.length, batch.length);
  }

  /** The moments of both together. */
  public RunningMoments merge(RunningMoments other) {
    double total = count + other.count;
    double delta = other.mean - mean;
    double squares =
        count * variance
            + other.count * other.variance
            + delta * delta * count * other.count / total;
    return new RunningMoments(mean + delta * other.count / total, squares / total, total);
  }

  /** Unbiased standard deviation; NaN while fewer than two numbers were seen. */
  public double deviation() {
    return count > 1 ? Math.sqrt(variance * count / (count - 1)) : Double.NaN;
  }
}
