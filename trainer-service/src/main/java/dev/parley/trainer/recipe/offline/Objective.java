package dev.parley.trainer.recipe.offline;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.List;
import java.util.Map;

/**
 * What a recipe wants of a policy.
 *
 * @param <R> a row
 */
public interface Objective<R> {

  /**
   * Prepares an optimizer step.
   *
   * @param learner learns
   * @param rows all of the step
   * @param accumulation for what has to be computed beforehand
   */
  Work<Metrics> work(Learner learner, List<R> rows, Accumulation accumulation);

  /**
   * Measures on rows that are not learnt from.
   *
   * @param model the policy
   * @param rows the rows, at least one
   * @param accumulation runs the passes
   */
  Metrics evaluate(LanguageModel model, List<R> rows, Accumulation accumulation);

  /** Returns the figures to log, from those that add up over micro-batches. */
  default Map<String, Double> figures(Metrics metrics) {
    return metrics.values();
  }
}
