package dev.parley.trainer.recipe.sft;

import static dev.parley.trainer.loss.Numbers.number;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import java.util.List;

/**
 * Demonstrations of one optimizer step, to be learnt from.
 *
 * @param learner learns
 * @param rows the demonstrations, of each of which something is learnt
 * @param labels label tokens of all rows
 * @param coefficient of the loss
 * @param metric name under which the loss is measured, before the coefficient
 */
public record SftWork(
    Learner learner, List<LearningSequence> rows, long labels, double coefficient, String metric)
    implements Work<Metrics> {

  /**
   * Prepares a step; rows of which nothing is learnt are left out.
   *
   * @param learner learns
   * @param rows the demonstrations
   * @param coefficient of the loss
   * @param metric name under which the loss is measured
   */
  public static SftWork of(
      Learner learner, List<LearningSequence> rows, double coefficient, String metric) {
    List<LearningSequence> useful = PackedBatch.learnt(rows);
    long labels = useful.stream().mapToLong(LearningSequence::count).sum();
    return new SftWork(learner, useful, labels, coefficient, metric);
  }

  @Override
  public int[] lengths() {
    return PackedBatch.lengths(rows);
  }

  @Override
  public Metrics run(List<Integer> chosen, int worker) {
    PackedBatch packed = PackedBatch.of(chosen.stream().map(rows::get).toList());
    try (ForwardPass pass = learner.forward(packed, new float[0])) {
      LossTerm term = SftLoss.of(pass.logProbs(), labels);
      learner.backward(worker, pass, term.loss().mul(number(term.loss(), coefficient)));
      return term.metrics().renamed(SftMetrics.LOSS, metric);
    }
  }
}
