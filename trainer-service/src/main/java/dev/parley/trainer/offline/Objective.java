package dev.parley.trainer.offline;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a recipe wants of a model.
 *
 * @param <R> a row
 */
public interface Objective<R> {

  /** Stands before the names of what is measured on held-out rows. */
  String HELD_OUT = "eval_";

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
   * @param model as it is now
   * @param rows the rows, at least one
   * @param accumulation runs the passes
   */
  Evaluation evaluate(LanguageModel model, List<R> rows, Accumulation accumulation);

  /** Returns the figures to log, from those that add up over micro-batches. */
  default Map<String, Double> figures(Metrics metrics) {
    return metrics.values();
  }

  /** Returns figures of held-out rows, from those that add up over micro-batches. */
  default Evaluation heldOut(Metrics metrics) {
    Map<String, Double> named = new LinkedHashMap<>();
    figures(metrics).forEach((name, value) -> named.put(HELD_OUT + name, value));
    return () -> named;
  }

  /**
   * Returns whether an evaluation is written beside the finished model: then there is one in any
   * case, of the rows that were learnt from if none were held out.
   */
  default boolean describesModel() {
    return false;
  }

  /** What was measured on some rows. */
  interface Evaluation {

    /** Returns the figures to log, by their names. */
    Map<String, Double> metrics();

    /**
     * Writes what is worth knowing of the finished model.
     *
     * @param model the model's directory
     * @param heldOut false if the rows were learnt from
     */
    default void write(Path model, boolean heldOut) {}
  }
}
