package dev.parley.trainer.recipe.onlinedpo;

/**
 * Names of what online DPO measures beside {@link dev.parley.trainer.recipe.dpo.DpoMetrics} and
 * {@link dev.parley.trainer.preference.PairMetrics}.
 */
public final class OnlineDpoMetrics {

  /** Pairs learnt from. */
  public static final String PAIRS = "rollout/pairs";

  /** Prompts whose answers make no pair: their rewards are too close. */
  public static final String TIED = "rollout/pairs_tied";

  /** Mean difference of the rewards of a pair. */
  public static final String SCORE_MARGIN = "objective/score_margin";

  private OnlineDpoMetrics() {}
}
