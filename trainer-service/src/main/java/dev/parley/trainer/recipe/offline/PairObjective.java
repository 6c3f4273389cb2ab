package dev.parley.trainer.recipe.offline;

import static dev.parley.trainer.recipe.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.List;

/**
 * An objective over pairs that sees each answer as one log-probability. Chosen and rejected answer
 * of a pair go through the model in one pass.
 */
@FunctionalInterface
public interface PairObjective extends Objective<AnswerPair> {

  /**
   * Returns the loss of a micro-batch of P pairs.
   *
   * @param logProbs log π of each answer, summed over its tokens, {@code [2P]}, with gradient if it
   *     is learnt from: all chosen answers, then all rejected ones
   * @param batch the pairs
   */
  LossTerm loss(NDArray logProbs, PairBatch batch);

  @Override
  default Work<Metrics> work(Learner learner, List<AnswerPair> pairs, Accumulation accumulation) {
    return new PairWork(learner, PairBatch.whole(pairs), this);
  }

  @Override
  default Metrics evaluate(LanguageModel model, List<AnswerPair> pairs, Accumulation accumulation) {
    PairBatch batch = PairBatch.whole(pairs);
    float[] logProbs = AnswerLogProbs.of(model, batch.answers(), accumulation);
    try (NDManager scope = NDManager.newBaseManager(model.options().device(), "PyTorch")) {
      return loss(scope.create(logProbs), batch).metrics();
    }
  }

  /**
   * The negative log-probability of the chosen answers per token, as a term of a loss.
   *
   * @param logProbs as in {@link #loss}
   * @param batch the pairs
   * @param coefficient what it is multiplied by in the loss
   * @param loss metric of the whole loss, to which the term adds; by itself and before the
   *     coefficient it is {@link ImitationMetrics#NLL_LOSS}
   */
  static LossTerm imitation(NDArray logProbs, PairBatch batch, double coefficient, String loss) {
    NDArray sum = logProbs.get(":" + batch.pairs().size()).sum();
    NDArray nll = sum.div(number(sum, -batch.allChosenTokens()));
    NDArray part = nll.mul(number(nll, coefficient));
    NDArray figure = nll.stopGradient();
    return new LossTerm(
        part,
        Metrics.read().sum(loss, part.stopGradient()).sum(ImitationMetrics.NLL_LOSS, figure).now());
  }

  /**
   * Pairs of one optimizer step, to be learnt from.
   *
   * @param learner learns
   * @param step all pairs of the step
   * @param objective what is wanted
   */
  record PairWork(Learner learner, PairBatch step, PairObjective objective)
      implements Work<Metrics> {

    @Override
    public int[] lengths() {
      return step.pairs().stream().mapToInt(AnswerPair::tokens).toArray();
    }

    @Override
    public Metrics run(List<Integer> rows, int worker) {
      PairBatch part = step.part(rows);
      PackedBatch packed = PackedBatch.of(part.answers());
      try (ForwardPass pass = learner.forward(packed, new float[0])) {
        LossTerm term = objective.loss(part.rows().sums(pass.logProbs()), part);
        learner.backward(worker, pass, term.loss());
        return term.metrics();
      }
    }
  }
}
