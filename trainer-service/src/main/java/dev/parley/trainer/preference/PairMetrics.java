package dev.parley.trainer.preference;

/**
 * Name of what the losses of pairs measure beside {@link AnswerMetrics}, as TRL logs it: a mean
 * over the global pairs.
 */
public final class PairMetrics {
  /** Fraction of the pairs whose chosen answer has the strictly higher implicit reward. */
  public static final String ACCURACY = "rewards/accuracies";

  private PairMetrics() {}
}
