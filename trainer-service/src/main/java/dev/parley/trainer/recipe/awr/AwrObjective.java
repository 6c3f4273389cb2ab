package dev.parley.trainer.recipe.awr;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.preference.LossOfAnswers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What advantage-weighted regression wants: logged answers likelier, in proportion to their weight.
 *
 * @param maxWeight w_max
 */
record AwrObjective(double maxWeight) implements Objective<LoggedAnswer> {

  @Override
  public Work<Metrics> work(Learner learner, List<LoggedAnswer> rows, Accumulation accumulation) {
    return loss(rows).work(learner, rows);
  }

  @Override
  public Evaluation evaluate(
      LanguageModel model, List<LoggedAnswer> rows, Accumulation accumulation) {
    return heldOut(loss(rows).measure(model, rows, accumulation));
  }

  /** Returns the loss of parts of some rows. */
  private LossOfAnswers<LoggedAnswer> loss(List<LoggedAnswer> all) {
    long tokens = all.stream().mapToLong(LoggedAnswer::positions).sum();
    AwrLoss.Step step = new AwrLoss.Step(all.size(), tokens, maxWeight);
    return (logProbs, rows) ->
        AwrLoss.of(
            logProbs,
            rows.stream().mapToDouble(LoggedAnswer::weight).toArray(),
            rows.stream().mapToDouble(LoggedAnswer::score).toArray(),
            step);
  }

  /** Turns the mean squared weight into the share of the answers that count. */
  @Override
  public Map<String, Double> figures(Metrics metrics) {
    Map<String, Double> figures = new LinkedHashMap<>(metrics.values());
    double squared = figures.remove(AwrMetrics.SQUARED_WEIGHT);
    figures.put(AwrMetrics.EFFECTIVE, Math.pow(figures.get(AwrMetrics.WEIGHT), 2) / squared);
    return figures;
  }
}
