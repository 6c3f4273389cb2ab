package dev.parley.trainer.loss;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.rl.KlEstimator;

/**
 * The KL to the reference as a term of the loss, with gradient. The values are those of {@link
 * KlEstimator}. The gradient of K1 is 0 in expectation and that of K3 is not the gradient of the
 * KL; that of K2 is (Tang and Munos 2025, arXiv:2506.09477). The straight-through form keeps the
 * value of an estimator and takes the gradient of K2 (veRL's "k1+" and "k3+").
 *
 * @param estimator which estimate
 * @param straightThrough whether the gradient is that of K2
 */
public record KlTerm(KlEstimator estimator, boolean straightThrough) {
  /**
   * The estimate of each token.
   *
   * @param logProbs log π, {@code [N]}, with gradient
   * @param refLogProbs log π_ref, {@code [N]}
   * @return {@code [N]}, nats
   */
  public NDArray perToken(NDArray logProbs, NDArray refLogProbs) {
    NDArray logRatio = logProbs.sub(refLogProbs);
    NDArray estimate = estimate(estimator, logRatio);
    if (!straightThrough) {
      return estimate;
    }
    NDArray k2 = estimate(KlEstimator.K2, logRatio);
    return k2.sub(k2.stopGradient()).add(estimate.stopGradient());
  }

  /**
   * The aggregated term.
   *
   * @param logProbs log π, {@code [N]}, with gradient
   * @param refLogProbs log π_ref, {@code [N]}
   * @param weights of {@link Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, for the metric
   * @param metric name under which the mean over tokens is logged
   */
  public LossTerm of(
      NDArray logProbs, NDArray refLogProbs, NDArray weights, long tokens, String metric) {
    NDArray kl = perToken(logProbs, refLogProbs);
    NDArray mean = kl.stopGradient().sum().div(number(kl, tokens));
    return new LossTerm(kl.mul(weights).sum(), Metrics.read().sum(metric, mean).now());
  }

  private static NDArray estimate(KlEstimator estimator, NDArray logRatio) {
    return switch (estimator) {
      case K1 -> logRatio;
      case K2 -> logRatio.square().div(number(logRatio, 2));
      case K3 -> {
        double bound = KlEstimator.LOG_RATIO_BOUND;
        NDArray clamped = logRatio.clip(-bound, bound);
        NDArray k3 = clamped.neg().exp().sub(1).add(clamped);
        yield k3.clip(-KlEstimator.K3_BOUND, KlEstimator.K3_BOUND);
      }
      case ABS -> logRatio.abs();
    };
  }
}
