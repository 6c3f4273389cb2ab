package dev.parley.trainer.recipe.ppo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/**
 * The terms of PPO's loss; the formulas stand in the package's description. Terms are put together
 * with {@link LossTerm#plus}; the KL term is {@link dev.parley.trainer.loss.KlTerm}.
 */
public final class PpoLoss {
  /** A log-ratio beyond this is clamped before the exponential, as in OpenRLHF and veRL. */
  private static final double LOG_RATIO_BOUND = 20;

  private PpoLoss() {}

  /**
   * How far the ratio ρ counts.
   *
   * @param low ε_low: ρ below {@code 1 − low} is clipped, 0 to 1
   * @param high ε_high: ρ above {@code 1 + high} is clipped, at least 0; larger than low in DAPO's
   *     "clip-higher" (Yu et al. 2025, arXiv:2503.14476)
   * @param dual c, above 1: where A is negative, the loss is at most {@code −cA} (Ye et al. 2020,
   *     arXiv:1912.09729, eq. 5); infinity for none
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

    /** {@code [1 − ε, 1 + ε]} without a dual clip. */
    public static Clip symmetric(double epsilon) {
      return new Clip(epsilon, epsilon, Double.POSITIVE_INFINITY);
    }
  }

  /**
   * The policy's term.
   *
   * @param loss scalar with gradient
   * @param ratio ρ, {@code [N]}, without gradient
   * @param metrics see {@link PpoMetrics}
   */
  public record Policy(NDArray loss, NDArray ratio, Metrics metrics) {
    /** As a term of the whole loss. */
    public LossTerm term() {
      return new LossTerm(loss, metrics);
    }
  }

  /**
   * L_policy (Schulman et al. 2017, eq. 7).
   *
   * @param logProbs log π of the chosen tokens, {@code [N]}, with gradient
   * @param oldLogProbs log π_old, before the first step on this batch, {@code [N]}
   * @param advantages A, {@code [N]}
   * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, the divisor of the metrics
   * @param clip bounds of the ratio
   */
  public static Policy policy(
      NDArray logProbs,
      NDArray oldLogProbs,
      NDArray advantages,
      NDArray weights,
      long tokens,
      Clip clip) {
    // 1 ratio
    NDArray logRatio = logProbs.sub(oldLogProbs).clip(-LOG_RATIO_BOUND, LOG_RATIO_BOUND);
    NDArray ratio = logRatio.exp();
    // 2 the more pessimistic of the plain and the clipped objective
    NDArray cost = advantages.neg();
    NDArray plain = cost.mul(ratio);
    NDArray clipped = cost.mul(ratio.clip(1 - clip.low(), 1 + clip.high()));
    NDArray pessimistic = NDArrays.maximum(plain, clipped);
    // 3 dual clip
    NDArray bound =
        NDArrays.where(advantages.lt(0), cost.mul(number(cost, clip.dual())), infinity(cost));
    NDArray losses = NDArrays.minimum(pessimistic, bound);
    // 4 aggregate
    NDArray loss = losses.mul(weights).sum();

    NDArray rho = ratio.stopGradient();
    NDArray logRho = logRatio.stopGradient();
    NDArray detached = pessimistic.stopGradient();
    Metrics metrics =
        Metrics.read()
            .sum(PpoMetrics.POLICY_LOSS, loss.stopGradient())
            .sum(PpoMetrics.POLICY_CLIP_FRACTION, fraction(detached.gt(plain), tokens))
            .sum(PpoMetrics.POLICY_DUAL_CLIP_FRACTION, fraction(detached.gt(bound), tokens))
            .sum(RatioMetrics.APPROXIMATE_KL, mean(logRho.square(), 2 * tokens))
            .sum(PpoMetrics.POLICY_KL, mean(logRho.neg(), tokens))
            .sum(RatioMetrics.RATIO, mean(rho, tokens))
            .sum(PpoMetrics.RATIO_VARIANCE, mean(rho.sub(1).square(), tokens))
            .least(RatioMetrics.RATIO_LEAST, rho.min())
            .greatest(RatioMetrics.RATIO_GREATEST, rho.max())
            .now();
    return new Policy(loss, rho, metrics);
  }

  /**
   * The entropy bonus as a loss: {@code −mean H}, so that it is added with a positive coefficient.
   *
   * @param entropies H of the policy at each token, {@code [N]}, with gradient
   * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, the divisor of the metric
   */
  public static LossTerm entropy(NDArray entropies, NDArray weights, long tokens) {
    NDArray loss = entropies.mul(weights).sum().neg();
    NDArray mean = mean(entropies.stopGradient(), tokens);
    return new LossTerm(loss, Metrics.read().sum(RatioMetrics.ENTROPY, mean).now());
  }

  private static NDArray infinity(NDArray like) {
    return like.getManager().full(like.getShape(), Float.POSITIVE_INFINITY);
  }

  private static NDArray mean(NDArray perToken, long tokens) {
    return perToken.sum().div(number(perToken, tokens));
  }

  private static NDArray fraction(NDArray marked, long tokens) {
    return mean(marked.toType(DataType.FLOAT32, false), tokens);
  }
}
