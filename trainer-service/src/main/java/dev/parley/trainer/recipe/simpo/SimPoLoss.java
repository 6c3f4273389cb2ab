package dev.parley.trainer.recipe.simpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.preference.ImplicitRewards;
import dev.parley.trainer.preference.PairLoss;

/** The losses of SimPO and CPO; the formulas stand in the package's description. */
public final class SimPoLoss {
  private SimPoLoss() {}

  /** What a pair costs, with d = c − r. */
  public enum Variant {
    /** The logistic loss of β (d − γ/β). */
    SIMPO,
    /** The logistic loss of β d: CPO. */
    SIGMOID,
    /** max(0, 1 − β d): CPO with a hinge. */
    HINGE
  }

  /**
   * Which loss.
   *
   * @param variant formula of a pair
   * @param beta β, above 0
   * @param gamma γ, the margin to reach, in units of β d; for SimPO only, at least 0
   * @param labelSmoothing ε, 0 to below ½; not for the hinge
   * @param alpha α of AlphaPO (Gupta et al. 2025, arXiv:2501.03884): c and r enter as {@code (1 −
   *     e^(−αc)) / α}; 0 for c and r themselves
   */
  public record Settings(
      Variant variant, double beta, double gamma, double labelSmoothing, double alpha) {
    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public Settings {
      if (!(beta > 0 && gamma >= 0)) {
        throw new IllegalArgumentException(
            "beta is %s and gamma %s; give beta above 0 and gamma of at least 0"
                .formatted(beta, gamma));
      }
      if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
        throw new IllegalArgumentException(
            "label smoothing is %s; give 0 to below 0.5".formatted(labelSmoothing));
      }
    }

    /**
     * The loss of each pair.
     *
     * @param scaled β d, {@code [P]}
     */
    private NDArray losses(NDArray scaled) {
      return switch (variant) {
        case SIMPO -> Logistic.preferenceLoss(scaled.sub(gamma), labelSmoothing);
        case SIGMOID -> Logistic.preferenceLoss(scaled, labelSmoothing);
        case HINGE -> scaled.neg().add(1).maximum(number(scaled, 0));
      };
    }
  }

  /**
   * The loss of a micro-batch of pairs.
   *
   * @param chosen c, {@code [P]}, with gradient: averaged for SimPO, summed for CPO
   * @param rejected r, {@code [P]}, with gradient
   * @param doubts how likely the rejected answer is the better one, 0 to ½, {@code [P]}; zeros for
   *     hard labels
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   * @return with implicit rewards β c and β r, as shaped by α
   */
  public static PairLoss of(
      NDArray chosen, NDArray rejected, float[] doubts, long pairs, Settings settings) {
    NDArray good = shaped(chosen, settings.alpha());
    NDArray bad = shaped(rejected, settings.alpha());
    NDArray scaled = good.sub(bad).mul(number(good, settings.beta()));
    NDArray losses =
        SoftLabels.losses(settings.losses(scaled), () -> settings.losses(scaled.neg()), doubts);
    NDArray loss = losses.sum().div(number(good, pairs));

    ImplicitRewards rewards = ImplicitRewards.of(good, bad, settings.beta());
    Metrics.Reader metrics = Metrics.read().sum(SimPoMetrics.LOSS, loss.stopGradient());
    return new PairLoss(loss, losses.stopGradient(), rewards, rewards.addTo(metrics, pairs).now());
  }

  private static NDArray shaped(NDArray logProbs, double alpha) {
    return alpha == 0
        ? logProbs
        : logProbs.mul(number(logProbs, -alpha)).exp().sub(1).div(number(logProbs, -alpha));
  }
}
