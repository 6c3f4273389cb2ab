package dev.parley.trainer.rl;

import java.util.Arrays;

/** The distance of the policy from the reference, in nats, from log-probabilities. */
public final class Kl {
  private Kl() {}

  /**
   * Estimates the KL of each action token.
   *
   * @param estimator which estimate
   * @param logProbs log π of the chosen tokens, {@code [B][T]}
   * @param refLogProbs log π_ref of the same tokens, {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ
   */
  public static float[][] perToken(
      KlEstimator estimator, float[][] logProbs, float[][] refLogProbs, boolean[][] mask) {
    Rows.requireShape("logProbs", logProbs, mask);
    Rows.requireShape("refLogProbs", refLogProbs, mask);
    float[][] kl = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      for (int t = 0; t < mask[b].length; t++) {
        if (mask[b][t]) {
          kl[b][t] = (float) estimator.of((double) logProbs[b][t] - refLogProbs[b][t]);
        }
      }
    }
    return kl;
  }

  /**
   * The KL of each answer: the sum over its action tokens.
   *
   * @param perToken {@code [B][T]}
   * @param mask {@code [B][T]}
   * @return {@code [B]}, nats per answer
   * @throws IllegalArgumentException if shapes differ
   */
  public static double[] perSequence(float[][] perToken, boolean[][] mask) {
    Rows.requireShape("perToken", perToken, mask);
    double[] sums = new double[mask.length];
    for (int b = 0; b < mask.length; b++) {
      for (int t = 0; t < mask[b].length; t++) {
        sums[b] += mask[b][t] ? perToken[b][t] : 0;
      }
    }
    return sums;
  }

  /**
   * {@code objective/kl}: the mean over answers of {@link #perSequence}, which is also what the
   * adaptive controller compares with its target.
   *
   * @param perToken {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ or there is no row
   */
  public static double meanPerSequence(float[][] perToken, boolean[][] mask) {
    return Arrays.stream(perSequence(perToken, mask))
        .average()
        .orElseThrow(() -> new IllegalArgumentException("the mean KL of no rows; give one"));
  }

  /**
   * The exact KL of one position: {@code Σ_v p_v (log p_v − log q_v)} over the vocabulary, where p
   * and q are the softmax of the logits.
   *
   * @param logits of the policy, {@code [V]}
   * @param refLogits of the reference, {@code [V]}
   * @throws IllegalArgumentException if the vocabularies differ
   */
  public static double exact(float[] logits, float[] refLogits) {
    if (logits.length != refLogits.length) {
      throw new IllegalArgumentException(
          "the policy has %d logits, the reference %d; both must share one vocabulary"
              .formatted(logits.length, refLogits.length));
    }
    double policyNormaliser = logSumExp(logits);
    double refNormaliser = logSumExp(refLogits);
    double kl = 0;
    for (int v = 0; v < logits.length; v++) {
      double logP = logits[v] - policyNormaliser;
      double logQ = refLogits[v] - refNormaliser;
      kl += Math.exp(logP) * (logP - logQ);
    }
    return kl;
  }

  private static double logSumExp(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }
}
