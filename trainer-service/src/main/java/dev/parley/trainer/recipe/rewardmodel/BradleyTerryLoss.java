package dev.parley.trainer.recipe.rewardmodel;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.SoftLabels;

/** The loss of a reward model; the formulas stand in the package's description. */
public final class BradleyTerryLoss {
  private BradleyTerryLoss() {}

  /** What a pair says of which neither answer is better. */
  public enum Ties {
    /** Nothing: it is not learnt from. */
    LEAVE_OUT,
    /** Either answer was chosen half of the time (Christiano et al. 2017, §2.2.3). */
    HALF,
    /** The scores are closer than a threshold (Rao and Kupper 1967). */
    RAO_KUPPER
  }

  /**
   * Variants of the loss.
   *
   * @param centring c, at least 0, pulls the rewards to mean 0 (Eisenstein et al. 2023,
   *     arXiv:2312.09244); 0 for none
   * @param labelSmoothing ε, 0 to below ½: the share of labels that are taken to be wrong
   * @param ties what ties say
   * @param tieThreshold η, more than 0: Rao and Kupper's threshold, ln θ
   */
  public record Settings(double centring, double labelSmoothing, Ties ties, double tieThreshold) {

    /** Checks the numbers. */
    public Settings {
      if (!(centring >= 0)) {
        throw new IllegalArgumentException(
            "the centring coefficient is %s; give a number of at least 0".formatted(centring));
      }
      if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
        throw new IllegalArgumentException(
            "label smoothing is %s; give a number from 0 to below 0.5".formatted(labelSmoothing));
      }
      if (!(tieThreshold > 0)) {
        throw new IllegalArgumentException(
            "the tie threshold is %s; give a number above 0".formatted(tieThreshold));
      }
    }
  }

  /**
   * What was said about the pairs of a micro-batch.
   *
   * @param margin by how much the chosen answer was preferred (Touvron et al. 2023,
   *     arXiv:2307.09288, eq. 2), {@code [P]}; zeros for none
   * @param tie 1 where neither is better, else 0, {@code [P]}
   * @param weight of each pair's loss, {@code [P]}; 1 over the pairs of a prompt (Ouyang et al.
   *     2022, arXiv:2203.02155, eq. 1), or ones
   * @param doubt how likely the rejected answer is the better one, 0 to ½, {@code [P]}: the soft
   *     labels of AI feedback (Bai et al. 2022, arXiv:2212.08073, §4.1); zeros for hard ones
   */
  public record Labels(NDArray margin, NDArray tie, NDArray weight, NDArray doubt) {}

  /**
   * What the global batch holds.
   *
   * @param weight the weights of all pairs together: what the loss is divided by
   * @param pairs all pairs
   * @param decided pairs that are no ties
   */
  public record Counts(long weight, long pairs, long decided) {}

  /**
   * The loss of a micro-batch of pairs.
   *
   * @param chosen r_chosen, {@code [P]}, with gradient
   * @param rejected r_rejected, {@code [P]}, with gradient
   * @param labels what was said about the pairs
   * @param counts of the global batch
   * @param settings variants
   */
  public static LossTerm of(
      NDArray chosen, NDArray rejected, Labels labels, Counts counts, Settings settings) {
    NDArray difference = chosen.sub(rejected);
    NDArray decided = labels.tie().mul(number(chosen, -1)).add(1);
    // A label is wrong if it was written down wrong, or else if its judge was.
    double smoothing = settings.labelSmoothing();
    NDArray wrong = labels.doubt().mul(number(chosen, 1 - 2 * smoothing)).add(smoothing);
    NDArray ranking =
        switch (settings.ties()) {
          case LEAVE_OUT -> win(difference.sub(labels.margin()), 0, wrong);
          case HALF ->
              win(difference.sub(labels.margin()), 0, wrong)
                  .mul(decided)
                  .add(Logistic.preferenceLoss(difference, 0.5).mul(labels.tie()));
          case RAO_KUPPER -> {
            double eta = settings.tieThreshold();
            yield win(difference.sub(labels.margin()), eta, wrong)
                .mul(decided)
                .add(tie(difference, eta).mul(labels.tie()));
          }
        };
    NDArray centre = chosen.add(rejected).square().mul(number(chosen, settings.centring()));
    NDArray loss =
        ranking.add(centre).mul(labels.weight()).sum().div(number(chosen, counts.weight()));
    return new LossTerm(loss, metrics(chosen, rejected, loss, decided, counts));
  }

  /** −(1 − ε) log σ(x − η) − ε log σ(−x − η), with ε {@code [P]} the share of wrong labels. */
  private static NDArray win(NDArray x, double eta, NDArray wrong) {
    return SoftLabels.losses(
        Logistic.logSigmoid(x.sub(eta)).neg(), Logistic.logSigmoid(x.neg().sub(eta)).neg(), wrong);
  }

  /** −log P(tie) = −log (e^2η − 1) − log σ(x − η) − log σ(−x − η). */
  private static NDArray tie(NDArray x, double eta) {
    return Logistic.logSigmoid(x.sub(eta))
        .add(Logistic.logSigmoid(x.neg().sub(eta)))
        .add(Math.log(Math.expm1(2 * eta)))
        .neg();
  }

  private static Metrics metrics(
      NDArray chosen, NDArray rejected, NDArray loss, NDArray decided, Counts counts) {
    NDArray good = chosen.stopGradient();
    NDArray bad = rejected.stopGradient();
    NDArray gap = good.sub(bad);
    NDArray agreed = gap.gt(0).toType(DataType.FLOAT32, false).mul(decided);
    float judged = Math.max(1, counts.decided());
    return Metrics.read()
        .sum(RewardModelMetrics.LOSS, loss.stopGradient())
        .sum(RewardModelMetrics.ACCURACY, agreed.sum().div(number(chosen, judged)))
        .sum(RewardModelMetrics.MARGIN, gap.mul(decided).sum().div(number(chosen, judged)))
        .sum(
            RewardModelMetrics.MEAN_REWARD,
            good.add(bad).sum().div(number(chosen, 2f * counts.pairs())))
        .least(RewardModelMetrics.LEAST_REWARD, NDArrays.minimum(good, bad).min())
        .greatest(RewardModelMetrics.GREATEST_REWARD, NDArrays.maximum(good, bad).max())
        .now();
  }
}
