package dev.parley.trainer.scores;

import ai.djl.ndarray.NDArray;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.ScoredRow;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.optimization.Work;
import java.util.Arrays;
import java.util.List;

/**
 * An objective over scores: a model with a scalar head gives K numbers at some tokens of each row,
 * usually one. A row's sequences go through the model in one pass.
 *
 * @param <R> a row
 */
public interface ScoreObjective<R extends ScoredRow> extends Objective<R> {

  /**
   * Returns the loss of a micro-batch.
   *
   * @param scores r of the rows, one row after the other {@code [S·K]}, with gradient
   * @param rows the rows
   * @param step all rows of the optimizer step, by whose counts losses are divided
   */
  LossTerm loss(NDArray scores, List<R> rows, List<R> step);

  /**
   * Says what the scores of rows are like.
   *
   * @param scores of each row {@code [rows][S·K]}
   * @param rows the rows
   */
  Evaluation judge(float[][] scores, List<R> rows);

  @Override
  default boolean describesModel() {
    return true;
  }

  @Override
  default Work<Metrics> work(Learner learner, List<R> step, Accumulation accumulation) {
    return new Work<>() {
      @Override
      public int[] lengths() {
        return sizes(step);
      }

      @Override
      public Metrics run(List<Integer> chosen, int worker) {
        List<R> rows = chosen.stream().map(step::get).toList();
        TokenBatch tokens = tokens(rows);
        try (ForwardPass pass = learner.forward(tokens, positions(rows), new float[0])) {
          LossTerm term = loss(pass.scalars(), rows, step);
          learner.backward(worker, pass, term.loss());
          return term.metrics();
        }
      }
    };
  }

  @Override
  default Evaluation evaluate(LanguageModel model, List<R> all, Accumulation accumulation) {
    float[][] scores = new float[all.size()][];
    accumulation.score(
        new Scoring(
            sizes(all),
            chosen -> {
              List<R> rows = chosen.stream().map(all::get).toList();
              float[] flat = model.scalars(tokens(rows), positions(rows));
              int first = 0;
              for (int row : chosen) {
                int end = first + all.get(row).positions() * model.heads().outputs();
                scores[row] = Arrays.copyOfRange(flat, first, end);
                first = end;
              }
            }));
    return judge(scores, all);
  }

  private static int[] sizes(List<? extends ScoredRow> rows) {
    return rows.stream().mapToInt(ScoredRow::size).toArray();
  }

  private static TokenBatch tokens(List<? extends ScoredRow> rows) {
    return TokenBatch.of(rows.stream().flatMap(row -> row.sequences().stream()).toList());
  }

  /** Returns the scored tokens among those of all rows. */
  private static int[] positions(List<? extends ScoredRow> rows) {
    int[] positions = new int[rows.stream().mapToInt(ScoredRow::positions).sum()];
    int next = 0;
    int before = 0;
    for (ScoredRow row : rows) {
      for (int scored : row.scored()) {
        positions[next++] = before + scored;
      }
      before += row.size();
    }
    return positions;
  }
}
