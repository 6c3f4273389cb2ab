package dev.parley.trainer.recipe.dpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.preference.FDivergence;
import dev.parley.trainer.preference.ImplicitRewards;
import dev.parley.trainer.preference.LogProbMetrics;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairVariant;

/** The loss of direct preference optimisation; the formula stands in the package's description. */
public final class DpoLoss {
  private DpoLoss() {}

  /**
   * Which loss.
   *
   * @param variant formula of a pair
   * @param beta β, above 0: the smaller, the further the policy may go
   * @param labelSmoothing ε, the fraction of labels thought wrong, 0 to below ½
   * @param divergence what holds the policy to the reference
   * @param referenceFree whether h leaves the reference out
   * @param lengthNormalized whether log-ratios are divided by the number of tokens before the loss;
   *     Parley's choice for IPO, as in TRL
   */
  public record Settings(
      PairVariant variant,
      double beta,
      double labelSmoothing,
      FDivergence divergence,
      boolean referenceFree,
      boolean lengthNormalized) {
    /**
     * @throws IllegalArgumentException if β or ε is out of range
     */
    public Settings {
      if (!(beta > 0)) {
        throw new IllegalArgumentException("beta is %s; give a number above 0".formatted(beta));
      }
      if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
        throw new IllegalArgumentException(
            "label smoothing is %s; give 0 to below 0.5".formatted(labelSmoothing));
      }
      if (variant == PairVariant.EXO_PAIR && labelSmoothing == 0) {
        throw new IllegalArgumentException(
            "exo_pair takes the logarithm of label smoothing, which is 0; give 0.001 or more");
      }
    }

    private NDArray losses(NDArray a, NDArray b, NDArray h) {
      return variant.losses(a, b, h, beta, labelSmoothing);
    }

    /** DPO as published. */
    public static Settings dpo(double beta) {
      return new Settings(PairVariant.SIGMOID, beta, 0, FDivergence.REVERSE_KL, false, false);
    }
  }

  /**
   * The loss of a micro-batch of P pairs.
   *
   * @param logProbs log π of the answers, summed over their tokens, {@code [2P]}, with gradient;
   *     all chosen answers, then all rejected ones in the same order
   * @param refLogProbs log π_ref of the same, {@code [2P]}
   * @param rows the answers' tokens
   * @param doubts how likely the rejected answer is the better one, 0 to ½, {@code [P]}; zeros for
   *     hard labels
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   * @return with implicit rewards β a and β b, of summed log-ratios in any case
   * @throws IllegalArgumentException if the number of rows is odd
   */
  public static PairLoss of(
      NDArray logProbs,
      NDArray refLogProbs,
      PackedRows rows,
      float[] doubts,
      long pairs,
      Settings settings) {
    if (rows.rows() % 2 != 0) {
      throw new IllegalArgumentException(
          "%d rows are not pairs; give all chosen answers, then all rejected ones"
              .formatted(rows.rows()));
    }
    int half = rows.rows() / 2;
    Answers summed = new Answers(logProbs, refLogProbs);
    Answers scaled =
        settings.lengthNormalized()
            ? new Answers(rows.meansOf(logProbs), rows.meansOf(refLogProbs))
            : summed;
    // 1 difference of the scores
    Answers chosen = scaled.chosen(half);
    Answers rejected = scaled.rejected(half);
    NDArray h = chosen.score(settings).sub(rejected.score(settings));
    // 2 loss of each pair: that of either order, as likely as it is
    NDArray a = chosen.logRatio();
    NDArray b = rejected.logRatio();
    NDArray losses =
        SoftLabels.losses(settings.losses(a, b, h), () -> settings.losses(b, a, h.neg()), doubts);
    NDArray loss = losses.sum().div(number(losses, pairs));
    // 3 implicit rewards
    ImplicitRewards rewards =
        ImplicitRewards.of(
            summed.chosen(half).logRatio(), summed.rejected(half).logRatio(), settings.beta());
    Metrics.Reader metrics =
        Metrics.read()
            .sum(DpoMetrics.LOSS, loss.stopGradient())
            .sum(LogProbMetrics.CHOSEN, summed.chosen(half).meanLogProb(pairs))
            .sum(LogProbMetrics.REJECTED, summed.rejected(half).meanLogProb(pairs));
    return new PairLoss(loss, losses.stopGradient(), rewards, rewards.addTo(metrics, pairs).now());
  }

  /** Log-probabilities of answers under both models, one for each. */
  private record Answers(NDArray policy, NDArray reference) {
    Answers chosen(int half) {
      return new Answers(policy.get(":" + half), reference.get(":" + half));
    }

    Answers rejected(int half) {
      return new Answers(policy.get(half + ":"), reference.get(half + ":"));
    }

    NDArray logRatio() {
      return policy.sub(reference);
    }

    NDArray meanLogProb(long pairs) {
      return policy.stopGradient().sum().div(number(policy, pairs));
    }

    NDArray score(Settings settings) {
      return settings.referenceFree() ? policy : settings.divergence().score(logRatio());
    }
  }
}
