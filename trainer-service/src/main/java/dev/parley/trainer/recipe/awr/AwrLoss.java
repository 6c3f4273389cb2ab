package dev.parley.trainer.recipe.awr;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import java.util.Arrays;

/** The loss of advantage-weighted regression; the formula stands in the package's description. */
final class AwrLoss {

  private AwrLoss() {}

  /**
   * {@code w = min(exp(A / β), w_max)}.
   *
   * @param advantages A, {@code [n]}
   * @param beta β, above 0
   * @param maxWeight w_max, at least 1
   * @return {@code [n]}
   */
  static double[] weights(float[] advantages, double beta, double maxWeight) {
    double[] weights = new double[advantages.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.min(Math.exp(advantages[i] / beta), maxWeight);
    }
    return weights;
  }

  /**
   * What the whole optimizer step holds.
   *
   * @param answers n
   * @param tokens learnt tokens of all answers
   * @param maxWeight w_max
   */
  record Step(long answers, long tokens, double maxWeight) {}

  /**
   * The loss of a micro-batch of R answers.
   *
   * @param logProbs log π of each answer, summed over its tokens, {@code [R]}, with gradient
   * @param weights w, {@code [R]}
   * @param scores r, {@code [R]}
   * @param step the step that it is part of
   */
  static LossTerm of(NDArray logProbs, double[] weights, double[] scores, Step step) {
    double sum = Arrays.stream(weights).sum();
    double squares = Arrays.stream(weights).map(weight -> weight * weight).sum();
    double clipped = Arrays.stream(weights).filter(w -> w >= step.maxWeight()).count();
    double score = Arrays.stream(scores).sum();
    NDArray each = logProbs.getManager().create(weights).toType(DataType.FLOAT32, false);
    NDArray loss = logProbs.mul(each).sum().div(number(logProbs, -step.tokens()));
    NDArray nll = logProbs.stopGradient().sum().div(number(logProbs, -step.tokens()));
    Metrics metrics =
        Metrics.read()
            .sum(AwrMetrics.LOSS, loss.stopGradient())
            .sum(AwrMetrics.NLL_LOSS, nll)
            .sum(AwrMetrics.SCORE, number(logProbs, score / step.answers()))
            .sum(AwrMetrics.WEIGHT, number(logProbs, sum / step.answers()))
            .sum(AwrMetrics.CLIPPED, number(logProbs, clipped / step.answers()))
            .sum(AwrMetrics.SQUARED_WEIGHT, number(logProbs, squares / step.answers()))
            .now();
    return new LossTerm(loss, metrics);
  }
}
