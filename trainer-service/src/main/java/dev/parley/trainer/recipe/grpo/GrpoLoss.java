package dev.parley.trainer.recipe.grpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.KlTerm;
import dev.parley.trainer.loss.Logistic;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.policygradient.Ratio;
import dev.parley.trainer.rl.KlEstimator;

/** The losses of GRPO and its relatives; the formula stands in the package's description. */
public final class GrpoLoss {
  /** Temperatures of SAPO's gate for positive and negative advantages, as published. */
  private static final double GATE_POSITIVE = 1;

  private static final double GATE_NEGATIVE = 1.05;

  private static final KlTerm KL = new KlTerm(KlEstimator.K3, false);

  private GrpoLoss() {}

  /** A named loss: how a token's objective is bounded and how tokens are aggregated. */
  public enum Variant {
    /** As published: every answer counts the same. */
    GRPO(Surrogate.CLIP, Aggregation.SEQUENCE_MEAN_TOKEN_MEAN),
    /**
     * Every token of the local batch counts the same; over global counts it equals {@link #DAPO}.
     */
    BNPO(Surrogate.CLIP, Aggregation.TOKEN_MEAN),
    /** Every token counts the same (Yu et al. 2025, arXiv:2503.14476). */
    DAPO(Surrogate.CLIP, Aggregation.TOKEN_MEAN),
    /** Divided by a constant length (Liu et al. 2025, arXiv:2503.20783). */
    DR_GRPO(Surrogate.CLIP, Aggregation.SEQUENCE_MEAN_TOKEN_SUM_NORM),
    /** Clipped ratios weigh the policy gradient of every token (arXiv:2506.13585). */
    CISPO(Surrogate.CLIPPED_WEIGHT, Aggregation.TOKEN_MEAN),
    /** A smooth gate instead of a clip (Gao et al. 2025, arXiv:2511.20347). */
    SAPO(Surrogate.SOFT_GATE, Aggregation.SEQUENCE_MEAN_TOKEN_MEAN);

    /** How the ratio ρ bounds the objective of a token. */
    enum Surrogate {
      CLIP,
      CLIPPED_WEIGHT,
      SOFT_GATE
    }

    private final Surrogate surrogate;
    private final Aggregation aggregation;

    Variant(Surrogate surrogate, Aggregation aggregation) {
      this.surrogate = surrogate;
      this.aggregation = aggregation;
    }

    Surrogate surrogate() {
      return surrogate;
    }

    /** How tokens are aggregated. */
    public Aggregation aggregation() {
      return aggregation;
    }
  }

  /** What one ratio covers. */
  public enum Level {
    /** Each token its own. */
    TOKEN,
    /** The geometric mean over the answer: GSPO (Zheng et al. 2025, arXiv:2507.18071, eq. 7). */
    SEQUENCE
  }

  /**
   * Which loss.
   *
   * @param variant bound and aggregation
   * @param level what one ratio covers
   * @param clip bounds of the ratio; for CISPO {@link Clip#high} is the greatest weight itself
   * @param klCoefficient β, at least 0; k3 estimate
   * @param unbiasedKl whether the KL of a token is weighted with its ratio, which makes the
   *     gradient unbiased off policy (DeepSeek-V3.2, arXiv:2512.02556)
   */
  public record Settings(
      Variant variant, Level level, Clip clip, double klCoefficient, boolean unbiasedKl) {
    /**
     * @throws IllegalArgumentException if the coefficient is out of range
     */
    public Settings {
      if (!(klCoefficient >= 0)) {
        throw new IllegalArgumentException(
            "the KL coefficient is %s; give a number of at least 0".formatted(klCoefficient));
      }
    }
  }

  /**
   * The loss of a micro-batch.
   *
   * @param packed its tokens; log π_ref is not read where the KL coefficient is 0
   * @param settings which loss
   */
  public static LossTerm of(PolicyMethod.Packed packed, Settings settings) {
    NDArray logProbs = packed.logProbs();
    NDArray advantages = packed.advantages();
    PackedRows rows = packed.rows();
    GlobalCounts counts = packed.counts();
    NDArray weights = packed.weights(settings.variant().aggregation());
    // 1 ratio of the token, or of its answer
    NDArray ratio =
        switch (settings.level()) {
          case TOKEN -> Ratio.of(logProbs, packed.oldLogProbs()).value();
          case SEQUENCE -> rows.spread(rows.means(logProbs.sub(packed.oldLogProbs()))).exp();
        };
    // 2 loss of each token
    NDArray losses = surrogateLoss(logProbs, ratio, advantages, settings);
    Metrics.Reader metrics = Metrics.read();
    if (settings.klCoefficient() > 0) {
      NDArray kl = KL.perToken(logProbs, packed.referenceLogProbs());
      kl = settings.unbiasedKl() ? kl.mul(ratio) : kl;
      losses = losses.add(kl.mul(number(kl, settings.klCoefficient())));
      metrics.sum(GrpoMetrics.KL, kl.stopGradient().sum().div(number(kl, counts.tokens())));
    }
    // 3 aggregate
    NDArray loss = losses.mul(weights).sum();

    Aggregation unit =
        switch (settings.level()) {
          case TOKEN -> Aggregation.TOKEN_MEAN;
          case SEQUENCE -> Aggregation.SEQUENCE_MEAN_TOKEN_MEAN;
        };
    NDArray share = packed.manager().create(unit.weights(rows, counts));
    settings.clip().measure(metrics, ratio.stopGradient(), advantages, share);
    metrics.sum(GrpoMetrics.LOSS, loss.stopGradient());
    return new LossTerm(loss, metrics.now());
  }

  private static NDArray surrogateLoss(
      NDArray logProbs, NDArray ratio, NDArray advantages, Settings settings) {
    return switch (settings.variant().surrogate()) {
      case CLIP -> settings.clip().losses(ratio, advantages);
      case CLIPPED_WEIGHT ->
          ratio.stopGradient().clip(0, settings.clip().high()).mul(advantages).mul(logProbs).neg();
      case SOFT_GATE ->
          NDArrays.where(advantages.gt(0), gate(ratio, GATE_POSITIVE), gate(ratio, GATE_NEGATIVE))
              .mul(advantages)
              .neg();
    };
  }

  /** {@code σ(τ (ρ − 1)) · 4 / τ}: slope 1 at ρ = 1, flat far from it. */
  private static NDArray gate(NDArray ratio, double temperature) {
    return Logistic.sigmoid(ratio.sub(1).mul(number(ratio, temperature)))
        .mul(number(ratio, 4 / temperature));
  }
}
