package dev.parley.trainer.recipe.ppo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.Ratio;

/** The loss of PPO's policy; the formula stands in the package's description. */
public final class PpoLoss {

  private PpoLoss() {}

  /**
   * L_policy (Schulman et al. 2017, eq. 7).
   *
   * @param logProbs log π of the chosen tokens, {@code [N]}, with gradient
   * @param oldLogProbs log π_old, before the first step on this batch, {@code [N]}
   * @param advantages A, {@code [N]}
   * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
   * @param tokens action tokens of the global batch, the divisor of the metrics
   * @param clip bounds of the ratio
   */
  public static LossTerm policy(
      NDArray logProbs,
      NDArray oldLogProbs,
      NDArray advantages,
      NDArray weights,
      long tokens,
      Clip clip) {
    Ratio ratio = Ratio.of(logProbs, oldLogProbs);
    NDArray loss = clip.losses(ratio.value(), advantages).mul(weights).sum();

    NDArray rho = ratio.value().stopGradient();
    NDArray logRho = ratio.log().stopGradient();
    NDArray clipped = clip.clippedLow(rho, advantages).logicalOr(clip.clippedHigh(rho, advantages));
    Metrics metrics =
        Metrics.read()
            .sum(PpoMetrics.POLICY_LOSS, loss.stopGradient())
            .sum(PpoMetrics.POLICY_CLIP_FRACTION, fraction(clipped, tokens))
            .sum(
                PpoMetrics.POLICY_DUAL_CLIP_FRACTION,
                fraction(clip.clippedDual(rho, advantages), tokens))
            .sum(PpoMetrics.POLICY_KL, mean(logRho.neg(), tokens))
            .sum(PpoMetrics.RATIO_VARIANCE, mean(rho.sub(1).square(), tokens))
            .now();
    return new LossTerm(loss, metrics);
  }

  private static NDArray mean(NDArray perToken, long tokens) {
    return perToken.sum().div(number(perToken, tokens));
  }

  private static NDArray fraction(NDArray marked, long tokens) {
    return mean(marked.toType(DataType.FLOAT32, false), tokens);
  }
}
