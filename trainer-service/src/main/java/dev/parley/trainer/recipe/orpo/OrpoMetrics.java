package dev.parley.trainer.recipe.orpo;

/**
 * Names of what ORPO measures beside {@link dev.parley.trainer.preference.PairMetrics}, as TRL logs
 * them: means over the global pairs. Over the held-out pairs, the same with {@code eval_} before
 * them.
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

  private OrpoMetrics() {}
}
