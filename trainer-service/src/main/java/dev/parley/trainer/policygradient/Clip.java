package dev.parley.trainer.policygradient;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.OnPolicyConfig;

/**
 * The clipped objective (Schulman et al. 2017, arXiv:1707.06347, eq. 7): how far the ratio ρ of a
 * token, or of an answer, counts.
 *
 * <pre>
 * A ≥ 0:  l = −A min(ρ, 1 + ε_high)
 * A &lt; 0:  l = −A min(max(ρ, 1 − ε_low), c)
 * </pre>
 *
 * @param low ε_low: ρ below {@code 1 − low} is clipped, 0 to 1
 * @param high ε_high: ρ above {@code 1 + high} is clipped, at least 0; larger than low in DAPO's
 *     "clip-higher" (Yu et al. 2025, arXiv:2503.14476)
 * @param dual c, above 1: where A is negative, the loss is at most {@code −cA} (dual clip, Ye et
 *     al. 2020, arXiv:1912.09729, eq. 5; two-sided clip, arXiv:2505.07291); infinity for none
 */
public record Clip(double low, double high, double dual) {

  /**
   * @throws IllegalArgumentException if a bound is out of range
   */
  public Clip {
    if (!(low >= 0 && low <= 1 && high >= 0)) {
      throw new IllegalArgumentException(
          "the ratio cannot be clipped to [1 - %s, 1 + %s]; give 0 <= low <= 1 and high >= 0"
              .formatted(low, high));
    }
    if (!(dual > 1)) {
      throw new IllegalArgumentException(
          "the dual clip is %s; give a number above 1, or infinity for none".formatted(dual));
    }
  }

  /** {@code [1 − low, 1 + high]} without a dual clip. */
  public static Clip of(double low, double high) {
    return new Clip(low, high, Double.POSITIVE_INFINITY);
  }

  /** What settings say, without a dual clip. */
  public static Clip of(OnPolicyConfig.Steps steps) {
    return of(steps.clipLow(), steps.clipHigh());
  }

  /**
   * The same bounds with a dual clip.
   *
   * @param bound c; 0 for none
   */
  public Clip withDual(double bound) {
    return new Clip(low, high, bound == 0 ? Double.POSITIVE_INFINITY : bound);
  }

  /**
   * The loss of each token, or of each answer.
   *
   * @param ratio ρ, {@code [N]}, with gradient
   * @param advantages A, {@code [N]}
   * @return {@code [N]}
   */
  public NDArray losses(NDArray ratio, NDArray advantages) {
    NDArray cost = advantages.neg();
    NDArray plain = cost.mul(ratio);
    NDArray clipped = cost.mul(ratio.clip(1 - low, 1 + high));
    NDArray pessimistic = NDArrays.maximum(plain, clipped);
    if (Double.isInfinite(dual)) {
      return pessimistic;
    }
    NDArray bounded = NDArrays.minimum(pessimistic, cost.mul(number(cost, dual)));
    return NDArrays.where(advantages.lt(0), bounded, pessimistic);
  }

  /** Marks where ρ fell below its bound and A is negative {@code [N]}. */
  public NDArray clippedLow(NDArray ratio, NDArray advantages) {
    return ratio.lt(1 - low).logicalAnd(advantages.lt(0));
  }

  /** Marks where ρ rose above its bound and A is positive {@code [N]}. */
  public NDArray clippedHigh(NDArray ratio, NDArray advantages) {
    return ratio.gt(1 + high).logicalAnd(advantages.gt(0));
  }

  /** Marks where ρ rose above the dual clip and A is negative {@code [N]}. */
  public NDArray clippedDual(NDArray ratio, NDArray advantages) {
    return ratio.gt(dual).logicalAnd(advantages.lt(0));
  }

  /**
   * Measures what was clipped, under the names of {@link ClipMetrics}.
   *
   * @param metrics is told
   * @param ratio ρ, {@code [N]}, without gradient
   * @param advantages A, {@code [N]}
   * @param share what each counts for in a mean over the global batch, {@code [N]}
   */
  public void measure(Metrics.Reader metrics, NDArray ratio, NDArray advantages, NDArray share) {
    NDArray below = clippedLow(ratio, advantages);
    NDArray above = clippedHigh(ratio, advantages);
    metrics
        .sum(ClipMetrics.LOW, fraction(below, share))
        .sum(ClipMetrics.HIGH, fraction(above, share))
        .sum(ClipMetrics.EITHER, fraction(below.logicalOr(above), share));
  }

  private static NDArray fraction(NDArray marked, NDArray share) {
    return marked.toType(DataType.FLOAT32, false).mul(share).sum();
  }
}
