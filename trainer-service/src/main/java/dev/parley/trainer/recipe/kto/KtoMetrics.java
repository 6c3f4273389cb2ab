package dev.parley.trainer.recipe.kto;

/**
 * Names of what KTO measures beside {@link dev.parley.trainer.preference.AnswerMetrics} and {@link
 * dev.parley.trainer.preference.LogProbMetrics}, as TRL logs them. Over the held-out answers, the
 * same with {@code eval_} before them.
 */
public final class KtoMetrics {
  /** The loss, mean over all answers. */
  public static final String LOSS = "loss";

  /** Number of desirable answers. */
  public static final String CHOSEN_COUNT = "count/chosen";

  /** Number of undesirable answers. */
  public static final String REJECTED_COUNT = "count/rejected";

  /** z_0, nats per answer. */
  public static final String REFERENCE_POINT = "kl";

  private KtoMetrics() {}
}
