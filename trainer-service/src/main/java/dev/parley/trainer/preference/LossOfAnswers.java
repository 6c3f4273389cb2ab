package dev.parley.trainer.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.trainer.experience.AnswerRow;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import java.util.ArrayList;
import java.util.List;

/**
 * A loss that sees each answer as one log-probability. The answers of a row go through the model in
 * one pass.
 *
 * @param <R> a row
 */
@FunctionalInterface
public interface LossOfAnswers<R extends AnswerRow> {

  /**
   * Returns the loss of a micro-batch.
   *
   * @param logProbs log π of each answer, summed over its tokens, {@code [A]}, in the order of
   *     {@link #answers}; with gradient if it is learnt from
   * @param rows the rows
   */
  LossTerm of(NDArray logProbs, List<R> rows);

  /** Returns the answers of rows: the first one of each row, then the second one of each, … */
  static List<LearningSequence> answers(List<? extends AnswerRow> rows) {
    int each = rows.isEmpty() ? 0 : rows.get(0).answers().size();
    List<LearningSequence> answers = new ArrayList<>();
    for (int i = 0; i < each; i++) {
      int place = i;
      rows.forEach(row -> answers.add(row.answers().get(place)));
    }
    return answers;
  }

  /**
   * Returns an optimizer step.
   *
   * @param learner learns
   * @param rows all of the step
   */
  default Work<Metrics> work(Learner learner, List<R> rows) {
    return new Work<>() {
      @Override
      public int[] lengths() {
        return rows.stream().mapToInt(AnswerRow::size).toArray();
      }

      @Override
      public Metrics run(List<Integer> chosen, int worker) {
        List<R> part = chosen.stream().map(rows::get).toList();
        PackedBatch packed = PackedBatch.of(answers(part));
        try (ForwardPass pass = learner.forward(packed, new float[0])) {
          NDArray sums = PackedRows.ofLengths(packed.rowCounts()).sums(pass.logProbs());
          LossTerm term = of(sums, part);
          learner.backward(worker, pass, term.loss());
          return term.metrics();
        }
      }
    };
  }

  /**
   * Measures the loss of rows, without learning.
   *
   * @param model the policy
   * @param rows all of them are one batch
   * @param accumulation runs the passes
   */
  default Metrics measure(LanguageModel model, List<R> rows, Accumulation accumulation) {
    float[] logProbs = AnswerLogProbs.of(model, answers(rows), accumulation);
    try (NDManager scope = Libtorch.manager(model.options().device())) {
      return of(scope.create(logProbs), rows).metrics();
    }
  }
}
