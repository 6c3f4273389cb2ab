package dev.parley.trainer.preference;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.model.LanguageModel;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import java.util.List;

/** An objective over pairs that sees each answer as one log-probability. */
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
    return within(pairs).work(learner, pairs);
  }

  @Override
  default Evaluation evaluate(
      LanguageModel model, List<AnswerPair> pairs, Accumulation accumulation) {
    return heldOut(within(pairs).measure(model, pairs, accumulation));
  }

  private LossOfAnswers<AnswerPair> within(List<AnswerPair> step) {
    PairBatch whole = PairBatch.whole(step);
    return (logProbs, part) -> loss(logProbs, whole.part(part));
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
}
