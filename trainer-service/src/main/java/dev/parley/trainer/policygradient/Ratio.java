package dev.parley.trainer.policygradient;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.loss.Metrics;

/**
 * The ratio ρ of the policy to the one at the beginning of the update.
 *
 * @param log log ρ, {@code [N]}, clamped to ± 20 so that ρ cannot overflow, as in OpenRLHF and veRL
 * @param value ρ, {@code [N]}
 */
public record Ratio(NDArray log, NDArray value) {

  private static final double LOG_BOUND = 20;

  /**
   * The ratio of each token.
   *
   * @param logProbs log π of the chosen tokens, {@code [N]}
   * @param oldLogProbs log π_old, before the first step on this batch, {@code [N]}
   */
  public static Ratio of(NDArray logProbs, NDArray oldLogProbs) {
    NDArray log = logProbs.sub(oldLogProbs).clip(-LOG_BOUND, LOG_BOUND);
    return new Ratio(log, log.exp());
  }

  /**
   * How far the policy has moved, under the names of {@link RatioMetrics}.
   *
   * @param tokens action tokens of the global batch, the divisor of means
   */
  public Metrics metrics(long tokens) {
    NDArray rho = value.stopGradient();
    NDArray squares = log.stopGradient().square();
    return Metrics.read()
        .sum(RatioMetrics.APPROXIMATE_KL, squares.sum().div(number(squares, 2 * tokens)))
        .sum(RatioMetrics.RATIO, rho.sum().div(number(rho, tokens)))
        .least(RatioMetrics.RATIO_LEAST, rho.min())
        .greatest(RatioMetrics.RATIO_GREATEST, rho.max())
        .now();
  }
}
