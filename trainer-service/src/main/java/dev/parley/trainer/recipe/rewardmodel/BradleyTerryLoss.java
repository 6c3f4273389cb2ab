package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.recipe.loss.Logistic;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;

/** The loss of a reward model; the formula stands in the package's description. */
public final class BradleyTerryLoss {
  private BradleyTerryLoss() {}

  /**
   * The loss of a micro-batch of pairs.
   *
   * @param chosen r_chosen, {@code [P]}, with gradient
   * @param rejected r_rejected, {@code [P]}, with gradient
   * @param margin by how much the chosen answer was preferred (Touvron et al. 2023,
   *     arXiv:2307.09288, eq. 2), {@code [P]}; zeros for none
   * @param pairs number of pairs in the global batch
   * @param centring c, at least 0, pulls the rewards to mean 0 (Eisenstein et al. 2023,
   *     arXiv:2312.09244); 0 for none
   * @throws IllegalArgumentException if c is negative
   */
  public static LossTerm of(
      NDArray chosen, NDArray rejected, NDArray margin, long pairs, double centring) {
    if (!(centring >= 0)) {
      throw new IllegalArgumentException(
          "the centring coefficient is %s; give a number of at least 0".formatted(centring));
    }
    NDArray difference = chosen.sub(rejected);
    NDArray ranking = Logistic.logSigmoid(difference.sub(margin)).neg();
    NDArray centre = chosen.add(rejected).square().mul(centring);
    NDArray loss = ranking.add(centre).sum().div((float) pairs);

    NDArray gap = difference.stopGradient();
    NDArray agreed = gap.gt(0).toType(DataType.FLOAT32, false);
    NDArray good = chosen.stopGradient();
    NDArray bad = rejected.stopGradient();
    Metrics metrics =
        Metrics.read()
            .sum(RewardModelMetrics.LOSS, loss.stopGradient())
            .sum(RewardModelMetrics.ACCURACY, agreed.sum().div((float) pairs))
            .sum(RewardModelMetrics.MARGIN, gap.sum().div((float) pairs))
            .sum(RewardModelMetrics.MEAN_REWARD, good.add(bad).sum().div(2f * pairs))
            .least(RewardModelMetrics.LEAST_REWARD, NDArrays.minimum(good, bad).min())
            .greatest(RewardModelMetrics.GREATEST_REWARD, NDArrays.maximum(good, bad).max())
            .now();
    return new LossTerm(loss, metrics);
  }
}
