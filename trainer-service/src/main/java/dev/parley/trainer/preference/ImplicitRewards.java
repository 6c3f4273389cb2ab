package dev.parley.trainer.preference;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.Metrics;

/**
 * What a loss of pairs takes a policy to think of their answers.
 *
 * @param chosen {@code [P]}, without gradient
 * @param rejected {@code [P]}, without gradient
 */
public record ImplicitRewards(NDArray chosen, NDArray rejected) {

  /**
   * Multiplies what each answer has by β.
   *
   * @param chosen {@code [P]}
   * @param rejected {@code [P]}
   * @param beta β
   */
  public static ImplicitRewards of(NDArray chosen, NDArray rejected, double beta) {
    return new ImplicitRewards(
        chosen.stopGradient().mul(number(chosen, beta)),
        rejected.stopGradient().mul(number(rejected, beta)));
  }

  /**
   * Adds what is measured of them, under the names of {@link PairMetrics}.
   *
   * @param metrics of the micro-batch
   * @param pairs number of pairs in the global batch
   * @return the metrics
   */
  public Metrics.Reader addTo(Metrics.Reader metrics, long pairs) {
    NDArray agreed = chosen.gt(rejected).toType(DataType.FLOAT32, false);
    return metrics
        .sum(AnswerMetrics.CHOSEN_REWARD, mean(chosen, pairs))
        .sum(AnswerMetrics.REJECTED_REWARD, mean(rejected, pairs))
        .sum(PairMetrics.ACCURACY, mean(agreed, pairs))
        .sum(AnswerMetrics.MARGIN, mean(chosen.sub(rejected), pairs));
  }

  private static NDArray mean(NDArray perPair, long pairs) {
    return perPair.sum().div(number(perPair, pairs));
  }
}
