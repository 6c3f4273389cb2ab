package dev.parley.trainer.recipe.kto;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.preference.AnswerMetrics;
import dev.parley.trainer.preference.LogProbMetrics;

/** The loss of KTO; the formula stands in the package's description. */
public final class KtoLoss {
  private KtoLoss() {}

  /** Where an answer counts as neither gain nor loss. */
  public enum Origin {
    /** z_0, the measured distance of the policy from the reference: KTO. */
    MEASURED_KL,
    /** 0: APO-zero for unpaired answers (D'Oosterlinck et al. 2024, arXiv:2408.06266). */
    ZERO
  }

  /**
   * Which loss.
   *
   * @param origin where an answer counts as neither gain nor loss
   * @param beta β, above 0
   * @param desirableWeight w_d, above 0
   * @param undesirableWeight w_u, above 0
   */
  public record Settings(
      Origin origin, double beta, double desirableWeight, double undesirableWeight) {
    /**
     * @throws IllegalArgumentException if a number is not above 0
     */
    public Settings {
      if (!(beta > 0 && desirableWeight > 0 && undesirableWeight > 0)) {
        throw new IllegalArgumentException(
            "beta %s, weights %s and %s; give numbers above 0"
                .formatted(beta, desirableWeight, undesirableWeight));
      }
    }
  }

  /**
   * What the whole optimizer step holds.
   *
   * @param good desirable answers
   * @param bad the others
   */
  public record Counts(long good, long bad) {}

  /**
   * What the loss gives.
   *
   * @param loss scalar with gradient
   * @param losses {@code [n]}, weighted, without gradient
   * @param rewards implicit rewards β x, {@code [n]}, without gradient
   * @param metrics see {@link KtoMetrics}
   */
  public record Result(NDArray loss, NDArray losses, NDArray rewards, Metrics metrics) {}

  /**
   * z_0 of the global batch, nats per answer.
   *
   * @param policyLogProbs log π of answers given to other prompts, {@code [n]}
   * @param refLogProbs log π_ref of the same, {@code [n]}
   * @throws IllegalArgumentException if the lengths differ or there is no answer
   */
  public static double referencePoint(float[] policyLogProbs, float[] refLogProbs) {
    if (policyLogProbs.length != refLogProbs.length || policyLogProbs.length == 0) {
      throw new IllegalArgumentException(
          "%d answers under the policy, %d under the reference; give the same, at least one"
              .formatted(policyLogProbs.length, refLogProbs.length));
    }
    double sum = 0;
    for (int i = 0; i < policyLogProbs.length; i++) {
      sum += (double) policyLogProbs[i] - refLogProbs[i];
    }
    return Math.max(0, sum / policyLogProbs.length);
  }

  /**
   * The loss of a micro-batch.
   *
   * @param policyLogProbs log π of each answer, {@code [n]}, with gradient
   * @param refLogProbs log π_ref of each answer, {@code [n]}
   * @param desirable {@code [n]}
   * @param doubts how likely the verdict on each answer is wrong, 0 to ½, {@code [n]}; zeros if all
   *     are certain
   * @param referencePoint z_0 of the global batch; not read for {@link Origin#ZERO}
   * @param counts of the global batch
   * @param settings which loss
   */
  public static Result of(
      NDArray policyLogProbs,
      NDArray refLogProbs,
      boolean[] desirable,
      float[] doubts,
      double referencePoint,
      Counts counts,
      Settings settings) {
    // 1 sign and weight of each answer
    float[] sign = new float[desirable.length];
    float[] weight = new float[desirable.length];
    float[] isDesirable = new float[desirable.length];
    for (int i = 0; i < desirable.length; i++) {
      sign[i] = desirable[i] ? 1 : -1;
      weight[i] =
          (float) (desirable[i] ? settings.desirableWeight() : settings.undesirableWeight());
      isDesirable[i] = desirable[i] ? 1 : 0;
    }
    // 2 loss of each answer
    double origin =
        switch (settings.origin()) {
          case MEASURED_KL -> referencePoint;
          case ZERO -> 0;
        };
    NDManager manager = policyLogProbs.getManager();
    NDArray logRatio = policyLogProbs.sub(refLogProbs);
    NDArray gain =
        logRatio.sub(origin).mul(number(logRatio, settings.beta())).mul(manager.create(sign));
    NDArray losses =
        SoftLabels.losses(Logistic.sigmoid(gain.neg()), () -> Logistic.sigmoid(gain), doubts)
            .mul(manager.create(weight));
    NDArray loss = losses.sum().div(number(losses, counts.good() + counts.bad()));
    // 3 implicit rewards
    NDArray rewards = logRatio.stopGradient().mul(number(logRatio, settings.beta()));
    Metrics.Reader metrics =
        Metrics.read()
            .sum(KtoMetrics.LOSS, loss.stopGradient())
            .greatest(KtoMetrics.REFERENCE_POINT, manager.create((float) origin));
    measure(metrics, rewards, policyLogProbs.stopGradient(), manager.create(isDesirable), counts);
    return new Result(loss, losses.stopGradient(), rewards, metrics.now());
  }

  /** Means over the answers of a kind; of a kind that the batch lacks there is none. */
  private static void measure(
      Metrics.Reader metrics, NDArray rewards, NDArray logProbs, NDArray good, Counts counts) {
    NDArray bad = good.neg().add(1);
    metrics.sum(KtoMetrics.CHOSEN_COUNT, good.sum()).sum(KtoMetrics.REJECTED_COUNT, bad.sum());
    NDArray chosen = good.div(number(good, Math.max(1, counts.good())));
    NDArray rejected = bad.div(number(bad, Math.max(1, counts.bad())));
    if (counts.good() > 0) {
      metrics.sum(AnswerMetrics.CHOSEN_REWARD, rewards.mul(chosen).sum());
      metrics.sum(LogProbMetrics.CHOSEN, logProbs.mul(chosen).sum());
    }
    if (counts.bad() > 0) {
      metrics.sum(AnswerMetrics.REJECTED_REWARD, rewards.mul(rejected).sum());
      metrics.sum(LogProbMetrics.REJECTED, logProbs.mul(rejected).sum());
    }
    if (counts.good() > 0 && counts.bad() > 0) {
      metrics.sum(AnswerMetrics.MARGIN, rewards.mul(chosen.sub(rejected)).sum());
    }
  }
}
