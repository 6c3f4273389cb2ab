package dev.parley.trainer.recipe.dpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;

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
      DpoVariant variant,
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
      if (variant == DpoVariant.EXO_PAIR && labelSmoothing == 0) {
        throw new IllegalArgumentException(
            "exo_pair takes the logarithm of label smoothing, which is 0; give 0.001 or more");
      }
    }

    private NDArray losses(NDArray a, NDArray b, NDArray h) {
      return variant.losses(a, b, h, beta, labelSmoothing);
    }

    /** DPO as published. */
    public static Settings dpo(double beta) {
      return new Settings(DpoVariant.SIGMOID, beta, 0, FDivergence.REVERSE_KL, false, false);
    }
  }

  /**
   * What the loss gives.
   *
   * @param loss scalar with gradient: the sum of {@code losses} over the global number of pairs
   * @param losses {@code [P]}, without gradient
   * @param chosenRewards implicit rewards β a, {@code [P]}, without gradient
   * @param rejectedRewards implicit rewards β b, {@code [P]}, without gradient
   * @param metrics see {@link DpoMetrics}
   */
  public record Result(
      NDArray loss,
      NDArray losses,
      NDArray chosenRewards,
      NDArray rejectedRewards,
      Metrics metrics) {}

  /**
   * From packed tokens.
   *
   * @param logProbs log π of the completions' tokens, {@code [N]}, with gradient; the rows are all
   *     chosen answers, then all rejected ones in the same order
   * @param refLogProbs log π_ref of the same tokens, {@code [N]}
   * @param rows {@code 2P} rows
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   * @throws IllegalArgumentException if the number of rows is odd
   */
  public static Result ofTokens(
      NDArray logProbs, NDArray refLogProbs, PackedRows rows, long pairs, Settings settings) {
    return ofAnswers(rows.sums(logProbs), rows.sums(refLogProbs), rows, pairs, settings);
  }

  /**
   * From the answers' log-probabilities, summed over their tokens, with hard labels.
   *
   * @param logProbs log π, {@code [2P]}, with gradient; all chosen answers, then all rejected ones
   *     in the same order
   * @param refLogProbs log π_ref, {@code [2P]}
   * @param rows the answers' tokens
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   * @throws IllegalArgumentException if the number of rows is odd
   */
  public static Result ofAnswers(
      NDArray logProbs, NDArray refLogProbs, PackedRows rows, long pairs, Settings settings) {
    return ofAnswers(logProbs, refLogProbs, rows, new float[rows.rows() / 2], pairs, settings);
  }

  /**
   * From the answers' log-probabilities, summed over their tokens.
   *
   * @param logProbs log π, {@code [2P]}, with gradient; all chosen answers, then all rejected ones
   *     in the same order
   * @param refLogProbs log π_ref, {@code [2P]}
   * @param rows the answers' tokens
   * @param doubts how likely the rejected answer is the better one, 0 to ½, {@code [P]}
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   * @throws IllegalArgumentException if the number of rows is odd
   */
  public static Result ofAnswers(
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
    Answers summed = new Answers(logProbs, refLogProbs);
    Answers scaled =
        settings.lengthNormalized()
            ? new Answers(rows.meansOf(logProbs), rows.meansOf(refLogProbs))
            : summed;
    int half = rows.rows() / 2;
    return of(
        summed.chosen(half),
        summed.rejected(half),
        scaled.chosen(half),
        scaled.rejected(half),
        doubts,
        pairs,
        settings);
  }

  /**
   * From log-probabilities of whole answers, as they are: whether they were summed or averaged over
   * the tokens is the caller's choice.
   *
   * @param policyChosen log π(chosen), {@code [P]}, with gradient
   * @param policyRejected log π(rejected), {@code [P]}, with gradient
   * @param refChosen log π_ref(chosen), {@code [P]}
   * @param refRejected log π_ref(rejected), {@code [P]}
   * @param pairs number of pairs in the global batch
   * @param settings which loss
   */
  public static Result ofSequences(
      NDArray policyChosen,
      NDArray policyRejected,
      NDArray refChosen,
      NDArray refRejected,
      long pairs,
      Settings settings) {
    Answers chosen = new Answers(policyChosen, refChosen);
    Answers rejected = new Answers(policyRejected, refRejected);
    float[] doubts = new float[(int) policyChosen.size()];
    return of(chosen, rejected, chosen, rejected, doubts, pairs, settings);
  }

  /** Log-probabilities of answers under both models, {@code [P]} each. */
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

  /** Rewards come from the answers as summed, losses from the answers as scaled. */
  private static Result of(
      Answers chosen,
      Answers rejected,
      Answers scaledChosen,
      Answers scaledRejected,
      float[] doubts,
      long pairs,
      Settings settings) {
    // 1 difference of the scores
    NDArray h = scaledChosen.score(settings).sub(scaledRejected.score(settings));
    // 2 loss of each pair: that of either order, as likely as it is
    NDArray a = scaledChosen.logRatio();
    NDArray b = scaledRejected.logRatio();
    NDArray losses = settings.losses(a, b, h);
    if (!isZero(doubts)) {
      NDArray doubt = h.getManager().create(doubts);
      losses = losses.mul(doubt.neg().add(1)).add(settings.losses(b, a, h.neg()).mul(doubt));
    }
    NDArray loss = losses.sum().div(number(losses, pairs));
    // 3 implicit rewards
    NDArray chosenRewards =
        chosen.logRatio().stopGradient().mul(number(chosen.logRatio(), settings.beta()));
    NDArray rejectedRewards =
        rejected.logRatio().stopGradient().mul(number(rejected.logRatio(), settings.beta()));
    NDArray agreed = chosenRewards.gt(rejectedRewards).toType(DataType.FLOAT32, false);
    Metrics metrics =
        Metrics.read()
            .sum(DpoMetrics.LOSS, loss.stopGradient())
            .sum(DpoMetrics.CHOSEN_REWARD, chosenRewards.sum().div(number(chosenRewards, pairs)))
            .sum(
                DpoMetrics.REJECTED_REWARD, rejectedRewards.sum().div(number(chosenRewards, pairs)))
            .sum(DpoMetrics.ACCURACY, agreed.sum().div(number(chosenRewards, pairs)))
            .sum(
                DpoMetrics.MARGIN,
                chosenRewards.sub(rejectedRewards).sum().div(number(chosenRewards, pairs)))
            .sum(DpoMetrics.CHOSEN_LOG_PROB, chosen.meanLogProb(pairs))
            .sum(DpoMetrics.REJECTED_LOG_PROB, rejected.meanLogProb(pairs))
            .now();
    return new Result(loss, losses.stopGradient(), chosenRewards, rejectedRewards, metrics);
  }

  private static boolean isZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }
}
