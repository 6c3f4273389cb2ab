package dev.parley.trainer.recipe.grpo;

import dev.parley.trainer.loss.Aggregation;

/** A named loss: how a token's objective is bounded and how tokens are aggregated. */
public enum GrpoVariant {
  /** As published: every answer counts the same. */
  GRPO(Surrogate.CLIP, Aggregation.SEQUENCE_MEAN_TOKEN_MEAN),
  /** Every token of the local batch counts the same; over global counts it equals {@link #DAPO}. */
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

  GrpoVariant(Surrogate surrogate, Aggregation aggregation) {
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
