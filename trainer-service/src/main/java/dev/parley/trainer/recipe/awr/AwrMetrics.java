package dev.parley.trainer.recipe.awr;

/**
 * Names of what advantage-weighted regression measures. Over the held-out answers, the same with
 * {@code eval_} before them.
 */
public final class AwrMetrics {
  /** The weighted negative log-probability per token, nats. */
  public static final String LOSS = "loss";

  /** The same without weights: what plain imitation of the log would lower. */
  public static final String NLL_LOSS = "nll_loss";

  /** Mean score of the answers. */
  public static final String SCORE = "awr/score";

  /** Mean weight. */
  public static final String WEIGHT = "awr/weight";

  /** Share of the answers whose weight was cut to w_max. */
  public static final String CLIPPED = "awr/clipped";

  /** (Σ w)² / (n Σ w²): the share of the answers that the weights leave to count. */
  public static final String EFFECTIVE = "awr/effective_share";

  /** Mean squared weight: adds up over micro-batches, and makes {@link #EFFECTIVE}. */
  static final String SQUARED_WEIGHT = "squared weight";

  private AwrMetrics() {}
}
