package dev.parley.trainer.recipe.rloo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.policygradient.Clip;

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
   * @param clip bounds of the ratio
   */
  public static LossTerm of(
      NDArray logProbs,
      NDArray oldSequenceLogProbs,
      NDArray advantages,
      PackedRows rows,
      long answers,
      Clip clip) {
    NDArray ratio = rows.sums(logProbs).sub(oldSequenceLogProbs).exp();
    NDArray loss = clip.losses(ratio, advantages).sum().div(number(ratio, answers));

    NDArray rho = ratio.stopGradient();
    NDArray clipped = clip.clippedLow(rho, advantages).logicalOr(clip.clippedHigh(rho, advantages));
    NDArray fraction = clipped.toType(DataType.FLOAT32, false).sum().div(number(rho, answers));
    Metrics metrics =
        Metrics.read()
            .sum(RlooMetrics.LOSS, loss.stopGradient())
            .sum(RlooMetrics.CLIPPED, fraction)
            .now();
    return new LossTerm(loss, metrics);
  }
}
