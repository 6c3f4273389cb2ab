package dev.parley.trainer.recipe.rloo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;

/** The loss of RLOO; the formula stands in the package's description. */
public final class RlooLoss {
  private RlooLoss() {}

  /**
   * The loss of a micro-batch.
   *
   * @param logProbs log π of the chosen tokens, {@code [N]}, with gradient
   * @param oldSequenceLogProbs log π_old of each answer, summed over its tokens, {@code [R]}
   * @param advantages A of each answer, {@code [R]}
   * @param rows where answers end, R of them
   * @param answers number of answers in the global batch
   * @param low ε_low, 0 to 1
   * @param high ε_high, at least 0
   * @throws IllegalArgumentException if a bound is out of range
   */
  public static LossTerm of(
      NDArray logProbs,
      NDArray oldSequenceLogProbs,
      NDArray advantages,
      PackedRows rows,
      long answers,
      double low,
      double high) {
    if (!(low >= 0 && low <= 1 && high >= 0)) {
      throw new IllegalArgumentException(
          "ratio bounds low %s, high %s; give 0 <= low <= 1 and high >= 0".formatted(low, high));
    }
    NDArray ratio = rows.sums(logProbs).sub(oldSequenceLogProbs).exp();
    NDArray plain = ratio.mul(advantages);
    NDArray clipped = ratio.clip(1 - low, 1 + high).mul(advantages);
    NDArray loss = NDArrays.minimum(plain, clipped).sum().div(number(plain, -answers));

    NDArray wasClipped = clipped.stopGradient().lt(plain.stopGradient());
    NDArray fraction = wasClipped.toType(DataType.FLOAT32, false).sum().div(number(plain, answers));
    Metrics metrics =
        Metrics.read()
            .sum(RlooMetrics.LOSS, loss.stopGradient())
            .sum(RlooMetrics.CLIPPED, fraction)
            .now();
    return new LossTerm(loss, metrics);
  }
}
