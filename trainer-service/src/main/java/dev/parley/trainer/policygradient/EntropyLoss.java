package dev.parley.trainer.policygradient;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The entropy bonus as a loss: {@code −mean H}, added with a positive coefficient. */
public final class EntropyLoss {

  private EntropyLoss() {}

  /**
   * The loss of a micro-batch.
   *
   * @param entropies H of the policy at each token, {@code [N]}, with gradient
   * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, the divisor of the metric
   */
  public static LossTerm of(NDArray entropies, NDArray weights, long tokens) {
    NDArray loss = entropies.mul(weights).sum().neg();
    NDArray mean = entropies.stopGradient().sum().div(number(entropies, tokens));
    return new LossTerm(loss, Metrics.read().sum(RatioMetrics.ENTROPY, mean).now());
  }
}
