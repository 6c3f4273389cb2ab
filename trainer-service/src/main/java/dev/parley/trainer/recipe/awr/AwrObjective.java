package dev.parley.trainer.recipe.awr;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.loss.PackedRows;
import dev.parley.trainer.recipe.offline.AnswerLogProbs;
import dev.parley.trainer.recipe.offline.Objective;
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
    return new AwrWork(learner, rows, step(rows));
  }

  @Override
  public Metrics evaluate(LanguageModel model, List<LoggedAnswer> rows, Accumulation accumulation) {
    float[] logProbs = AnswerLogProbs.of(model, answers(rows), accumulation);
    try (NDManager scope = NDManager.newBaseManager(model.options().device(), "PyTorch")) {
      return loss(scope.create(logProbs), rows, step(rows)).metrics();
    }
  }

  private AwrLoss.Step step(List<LoggedAnswer> rows) {
    long tokens = rows.stream().mapToLong(row -> row.answer().count()).sum();
    return new AwrLoss.Step(rows.size(), tokens, maxWeight);
  }

  private static LossTerm loss(NDArray logProbs, List<LoggedAnswer> rows, AwrLoss.Step step) {
    double[] weights = rows.stream().mapToDouble(LoggedAnswer::weight).toArray();
    double[] scores = rows.stream().mapToDouble(LoggedAnswer::score).toArray();
    return AwrLoss.of(logProbs, weights, scores, step);
  }

  private static List<LearningSequence> answers(List<LoggedAnswer> rows) {
    return rows.stream().map(LoggedAnswer::answer).toList();
  }

  /** Turns the mean squared weight into the share of the answers that count. */
  @Override
  public Map<String, Double> figures(Metrics metrics) {
    Map<String, Double> figures = new LinkedHashMap<>(metrics.values());
    double squared = figures.remove(AwrMetrics.SQUARED_WEIGHT);
    figures.put(AwrMetrics.EFFECTIVE, Math.pow(figures.get(AwrMetrics.WEIGHT), 2) / squared);
    return figures;
  }

  /** Answers of one optimizer step, to be learnt from. */
  private record AwrWork(Learner learner, List<LoggedAnswer> rows, AwrLoss.Step step)
      implements Work<Metrics> {

    @Override
    public int[] lengths() {
      return rows.stream().mapToInt(LoggedAnswer::tokens).toArray();
    }

    @Override
    public Metrics run(List<Integer> chosen, int worker) {
      List<LoggedAnswer> part = chosen.stream().map(rows::get).toList();
      PackedBatch packed = PackedBatch.of(answers(part));
      try (ForwardPass pass = learner.forward(packed, new float[0])) {
        NDArray sums = PackedRows.ofLengths(packed.rowCounts()).sums(pass.logProbs());
        LossTerm term = loss(sums, part, step);
        learner.backward(worker, pass, term.loss());
        return term.metrics();
      }
    }
  }
}
