package dev.parley.trainer.recipe.kto;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.Metrics;

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
   * @param referencePoint z_0 of the global batch; not read for {@link Origin#ZERO}
   * @param answers number of answers in the global batch
   * @param settings which loss
   */
  public static Result of(
      NDArray policyLogProbs,
      NDArray refLogProbs,
      boolean[] desirable,
      double referencePoint,
      long answers,
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
    NDArray losses = Logistic.sigmoid(gain.neg()).mul(manager.create(weight));
    NDArray loss = losses.sum().div(number(losses, answers));
    // 3 implicit rewards
    NDArray rewards = logRatio.stopGradient().mul(number(logRatio, settings.beta()));
    NDArray answerLogProbs = policyLogProbs.stopGradient();
    NDArray marks = manager.create(isDesirable);
    NDArray otherMarks = marks.neg().add(1);
    Metrics metrics =
        Metrics.read()
            .sum(KtoMetrics.LOSS, loss.stopGradient())
            .sum(KtoMetrics.CHOSEN_REWARDS, rewards.mul(marks).sum())
            .sum(KtoMetrics.CHOSEN_COUNT, marks.sum())
            .sum(KtoMetrics.REJECTED_REWARDS, rewards.mul(otherMarks).sum())
            .sum(KtoMetrics.REJECTED_COUNT, otherMarks.sum())
            .sum(KtoMetrics.CHOSEN_LOG_PROBS, answerLogProbs.mul(marks).sum())
            .sum(KtoMetrics.REJECTED_LOG_PROBS, answerLogProbs.mul(otherMarks).sum())
            .greatest(KtoMetrics.REFERENCE_POINT, manager.create((float) origin))
            .now();
    return new Result(loss, losses.stopGradient(), rewards, metrics);
  }
}
