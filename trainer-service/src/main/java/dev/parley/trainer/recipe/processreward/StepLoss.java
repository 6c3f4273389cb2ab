package dev.parley.trainer.recipe.processreward;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The loss of a process reward model: binary cross-entropy at the end of each step. */
public final class StepLoss {
  private StepLoss() {}

  /**
   * The loss of a micro-batch.
   *
   * @param scores r at the last token of each labelled step, {@code [S]}, with gradient
   * @param labels y, 0 to 1, {@code [S]}
   * @param steps labelled steps of the global batch
   */
  public static LossTerm of(NDArray scores, NDArray labels, long steps) {
    // −y log σ(r) − (1 − y) log σ(−r), and log σ(r) = r + log σ(−r)
    NDArray loss =
        Logistic.logSigmoid(scores.neg())
            .add(scores.mul(labels))
            .sum()
            .neg()
            .div(number(scores, steps));
    NDArray right = scores.stopGradient().gt(0).eq(labels.gte(0.5f));
    NDArray probability = Logistic.sigmoid(scores.stopGradient());
    Metrics metrics =
        Metrics.read()
            .sum(ProcessRewardMetrics.LOSS, loss.stopGradient())
            .sum(
                ProcessRewardMetrics.ACCURACY,
                right.toType(DataType.FLOAT32, false).sum().div(number(scores, steps)))
            .sum(ProcessRewardMetrics.GOOD_SHARE, labels.sum().div(number(scores, steps)))
            .sum(
                ProcessRewardMetrics.MEAN_PROBABILITY, probability.sum().div(number(scores, steps)))
            .now();
    return new LossTerm(loss, metrics);
  }
}
