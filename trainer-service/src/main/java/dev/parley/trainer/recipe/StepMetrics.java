package dev.parley.trainer.recipe;

import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the recipes over fixed data measure at each optimizer step, under TRL's names. */
public final class StepMetrics {

  /** Learning rate of the step. */
  public static final String LEARNING_RATE = "learning_rate";

  /** Norm of the gradient of all parameters, before clipping. */
  public static final String GRADIENT_NORM = "grad_norm";

  /** Passes over the data so far. */
  public static final String EPOCH = "epoch";

  /** Tokens read since the run began, prompts included. */
  public static final String TOKENS = "num_tokens";

  /** Steps of the run whose gradient was not finite. */
  public static final String SKIPPED_STEPS = "skipped_steps";

  /** Micro-batches that were split for want of memory, since the process began. */
  public static final String MEMORY_SPLITS = "memory_splits";

  /** Tokens of the batch by the seconds of the update. */
  public static final String TOKENS_PER_SECOND = "tokens_per_second";

  private StepMetrics() {}

  /**
   * Returns what a step has to tell.
   *
   * @param step what it did
   * @param learner that took it
   * @param accumulation that added up its gradients
   * @param epoch passes over the data so far
   */
  public static Map<String, Double> of(
      Learner.Step step, Learner learner, Accumulation accumulation, double epoch) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(LEARNING_RATE, step.learningRate());
    metrics.put(GRADIENT_NORM, step.gradientNorm());
    metrics.put(EPOCH, epoch);
    metrics.put(SKIPPED_STEPS, (double) learner.state().skipped());
    metrics.put(MEMORY_SPLITS, (double) accumulation.splits());
    return metrics;
  }
}
