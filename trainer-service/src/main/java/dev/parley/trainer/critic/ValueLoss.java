package dev.parley.trainer.critic;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The loss of a value function; the formula stands in the package's description. */
public final class ValueLoss {

  private ValueLoss() {}

  /**
   * L_value, with the change of the value clipped as PPO's ratio is (Schulman's PPO2; TRL, veRL).
   *
   * @param values V, {@code [N]}, with gradient
   * @param oldValues V_old, before the first step on this batch, {@code [N]}
   * @param returns R, {@code [N]}
   * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, the divisor of the metrics
   * @param clip ε_v, above 0; infinity for none
   * @throws IllegalArgumentException if the clip is not above 0
   */
  public static LossTerm of(
      NDArray values,
      NDArray oldValues,
      NDArray returns,
      NDArray weights,
      long tokens,
      double clip) {
    if (!(clip > 0)) {
      throw new IllegalArgumentException(
          "the value clip is %s; give a number above 0, or infinity for none".formatted(clip));
    }
    // Bounds rather than a clipped difference: what is inside them must stay the same bit for bit.
    NDArray least = oldValues.sub(clip);
    NDArray greatest = oldValues.add(clip);
    NDArray clippedValues = NDArrays.minimum(NDArrays.maximum(values, least), greatest);
    NDArray error = values.sub(returns).square();
    NDArray clippedError = clippedValues.sub(returns).square();
    NDArray loss = NDArrays.maximum(error, clippedError).mul(weights).sum().mul(number(error, 0.5));

    NDArray detached = error.stopGradient();
    NDArray clipped = clippedError.gt(detached).toType(DataType.FLOAT32, false);
    Metrics metrics =
        Metrics.read()
            .sum(CriticMetrics.LOSS, loss.stopGradient())
            .sum(CriticMetrics.CLIP_FRACTION, mean(clipped, tokens))
            .sum(CriticMetrics.ERROR, mean(detached, tokens))
            .now();
    return new LossTerm(loss, metrics);
  }

  private static NDArray mean(NDArray perToken, long tokens) {
    return perToken.sum().div(number(perToken, tokens));
  }
}
