package dev.parley.trainer.recipe.sft;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;

/** The loss of supervised fine-tuning; the formula stands in the package's description. */
public final class SftLoss {
  private SftLoss() {}

  /**
   * The loss of a micro-batch.
   *
   * @param logProbs log π of the label tokens, {@code [N]}, with gradient
   * @param labelTokens number of label tokens in the global batch, at least 1
   * @throws IllegalArgumentException if there are no label tokens
   */
  public static LossTerm of(NDArray logProbs, long labelTokens) {
    if (labelTokens < 1) {
      throw new IllegalArgumentException(
          "a batch of %d label tokens has nothing to learn from; check the chat template's mask"
              .formatted(labelTokens));
    }
    NDArray loss = logProbs.sum().div(number(logProbs, -labelTokens));
    return new LossTerm(loss, Metrics.read().sum(SftMetrics.LOSS, loss.stopGradient()).now());
  }
}
