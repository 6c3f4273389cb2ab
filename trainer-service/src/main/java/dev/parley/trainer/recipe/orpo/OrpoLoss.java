package dev.parley.trainer.recipe.orpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.preference.ImplicitRewards;
import dev.parley.trainer.preference.PairLoss;

/** The loss of ORPO; the formula stands in the package's description. */
public final class OrpoLoss {
  private OrpoLoss() {}

  /**
   * The loss of a micro-batch of pairs.
   *
   * @param chosen c, mean log π per token of the chosen answer, {@code [P]}, with gradient, below 0
   * @param rejected r, the same of the rejected answer, {@code [P]}, with gradient, below 0
   * @param chosenNll this micro-batch's part of the chosen answers' NLL, scalar with gradient
   *     ({@link dev.parley.trainer.recipe.sft.SftLoss})
   * @param doubts how likely the rejected answer is the better one, 0 to ½, {@code [P]}; zeros for
   *     hard labels
   * @param pairs number of pairs in the global batch
   * @param beta β, the paper's λ, above 0
   * @return with −β log σ(log odds) of each pair, softened, and implicit rewards β c and β r
   * @throws IllegalArgumentException if β is not above 0
   */
  public static PairLoss of(
      NDArray chosen,
      NDArray rejected,
      NDArray chosenNll,
      float[] doubts,
      long pairs,
      double beta) {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta is %s; give a number above 0".formatted(beta));
    }
    NDArray logOdds =
        chosen.sub(rejected).sub(logOneMinusExp(chosen).sub(logOneMinusExp(rejected)));
    NDArray logSigmoid = Logistic.logSigmoid(logOdds);
    NDArray losses =
        SoftLabels.losses(logSigmoid.neg(), () -> Logistic.logSigmoid(logOdds.neg()).neg(), doubts);
    NDArray loss = chosenNll.add(losses.sum().mul(number(chosen, beta / pairs)));

    NDArray ratio = logSigmoid.stopGradient();
    NDArray odds = logOdds.stopGradient();
    ImplicitRewards rewards = ImplicitRewards.of(chosen, rejected, beta);
    Metrics.Reader metrics =
        Metrics.read()
            .sum(OrpoMetrics.LOSS, loss.stopGradient())
            .sum(OrpoMetrics.NLL_LOSS, chosenNll.stopGradient())
            .sum(OrpoMetrics.LOG_ODDS_RATIO, ratio.sum().div(number(chosen, pairs)))
            .sum(OrpoMetrics.LOG_ODDS_CHOSEN, odds.sum().div(number(chosen, pairs)));
    return new PairLoss(
        loss,
        losses.stopGradient().mul(number(chosen, beta)),
        rewards,
        rewards.addTo(metrics, pairs).now());
  }

  /**
   * {@code log(1 − e^x)} for x < 0. With t = tanh(x/2), 1 − e^x = −2t / (1 − t), which loses no
   * digits near 0, where 1 − e^x itself would.
   */
  private static NDArray logOneMinusExp(NDArray x) {
    NDArray t = x.div(number(x, 2)).tanh();
    return t.mul(number(x, -2)).log().sub(t.neg().add(1).log());
  }
}
