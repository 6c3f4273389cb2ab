package dev.parley.trainer.recipe.orpo;

/**
 * Names of what ORPO measures, as TRL logs them: means over the global pairs. Over the held-out
 * pairs, the same with {@code eval_} before them.
 */
public final class OrpoMetrics {
  /** The whole loss. */
  public static final String LOSS = "loss";

  /** Its NLL part. */
  public static final String NLL_LOSS = "nll_loss";

  /** Mean log σ(log odds). */
  public static final String LOG_ODDS_RATIO = "log_odds_ratio";

  /** Mean log odds. */
  public static final String LOG_ODDS_CHOSEN = "log_odds_chosen";

  /** Mean β c. */
  public static final String CHOSEN_REWARD = "rewards/chosen";

  /** Mean β r. */
  public static final String REJECTED_REWARD = "rewards/rejected";

  /** Fraction of the pairs with c strictly above r. */
  public static final String ACCURACY = "rewards/accuracies";

  /** Mean β (c − r). */
  public static final String MARGIN = "rewards/margins";

  private OrpoMetrics() {}
}
