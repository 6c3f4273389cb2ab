package dev.parley.trainer.preference;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Scoring;
import java.util.List;

/** Log-probabilities of whole answers, without gradient. */
public final class AnswerLogProbs {

  private AnswerLogProbs() {}

  /**
   * Sums log π over the learnt tokens of each answer.
   *
   * @param model π
   * @param answers with the conversations before them; of each, something is learnt
   * @param accumulation runs the passes
   * @return nats, {@code [answers]}
   */
  public static float[] of(
      LanguageModel model, List<LearningSequence> answers, Accumulation accumulation) {
    float[] sums = new float[answers.size()];
    accumulation.score(
        new Scoring(
            PackedBatch.lengths(answers),
            rows -> {
              PackedBatch packed = PackedBatch.of(rows.stream().map(answers::get).toList());
              float[] logProbs =
                  model.scores(packed.batch(), packed.predictors(), new float[0]).logProbs();
              int next = 0;
              for (int i = 0; i < rows.size(); i++) {
                double sum = 0;
                for (int t = 0; t < packed.rowCounts()[i]; t++) {
                  sum += logProbs[next++];
                }
                sums[rows.get(i)] = (float) sum;
              }
            }));
    return sums;
  }
}
