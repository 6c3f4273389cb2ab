package dev.parley.trainer.recipe.rejection;

import dev.parley.trainer.recipe.sft.SftMetrics;

/** Names of what rejection sampling measures of a round. */
public final class RejectionMetrics {

  /** Mean negative log-probability of the kept answers' tokens, over the round's steps. */
  public static final String LOSS = SftMetrics.LOSS;

  /** Mean score of the best answer to each prompt. */
  public static final String BEST = "best_of_n/score";

  /** Answers learnt from. */
  public static final String KEPT = "best_of_n/kept";

  /** {@code log n − (n − 1) / n}: the most KL that the best of n answers adds, nats per answer. */
  public static final String KL_BOUND = "best_of_n/kl_bound";

  private RejectionMetrics() {}
}
