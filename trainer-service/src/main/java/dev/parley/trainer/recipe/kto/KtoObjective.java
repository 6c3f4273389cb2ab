package dev.parley.trainer.recipe.kto;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.experience.JudgedAnswer;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.preference.AnswerLogProbs;
import dev.parley.trainer.preference.LossOfAnswers;
import dev.parley.trainer.preference.ReferenceLogProbs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What KTO wants: good answers likelier, and bad ones less likely, than answers that have nothing
 * to do with the prompt.
 *
 * @param settings which loss
 * @param reference what the frozen model says of answers and of mismatched ones
 * @param mismatched for each row its prompt with another row's answer; empty if z_0 is not measured
 */
record KtoObjective(
    KtoLoss.Settings settings,
    ReferenceLogProbs reference,
    Map<JudgedAnswer, LearningSequence> mismatched)
    implements Objective<JudgedAnswer> {

  @Override
  public Work<Metrics> work(Learner learner, List<JudgedAnswer> rows, Accumulation accumulation) {
    return loss(learner.model(), rows, accumulation).work(learner, rows);
  }

  @Override
  public Evaluation evaluate(
      LanguageModel model, List<JudgedAnswer> rows, Accumulation accumulation) {
    return heldOut(loss(model, rows, accumulation).measure(model, rows, accumulation));
  }

  /** Returns the loss of parts of some rows. */
  private LossOfAnswers<JudgedAnswer> loss(
      LanguageModel model, List<JudgedAnswer> all, Accumulation accumulation) {
    double referencePoint = referencePoint(model, all, accumulation);
    return (logProbs, rows) -> {
      boolean[] desirable = new boolean[rows.size()];
      for (int i = 0; i < desirable.length; i++) {
        desirable[i] = rows.get(i).desirable();
      }
      float[] refLogProbs = reference.logProbs(LossOfAnswers.answers(rows));
      KtoLoss.Result result =
          KtoLoss.of(
              logProbs,
              logProbs.getManager().create(refLogProbs),
              desirable,
              referencePoint,
              all.size(),
              settings);
      return new LossTerm(result.loss(), result.metrics());
    };
  }

  /** Returns z_0 of a batch, without gradient. */
  private double referencePoint(
      LanguageModel model, List<JudgedAnswer> rows, Accumulation accumulation) {
    if (mismatched.isEmpty()) {
      return 0;
    }
    List<LearningSequence> answers = rows.stream().map(mismatched::get).toList();
    float[] policy = AnswerLogProbs.of(model, answers, accumulation);
    return KtoLoss.referencePoint(policy, reference.logProbs(answers));
  }

  /** Turns sums over answers of a kind into means; of a kind that a batch lacks there is none. */
  @Override
  public Map<String, Double> figures(Metrics metrics) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(KtoMetrics.LOSS, metrics.get(KtoMetrics.LOSS));
    double good = metrics.get(KtoMetrics.CHOSEN_COUNT);
    double bad = metrics.get(KtoMetrics.REJECTED_COUNT);
    double goodReward = metrics.get(KtoMetrics.CHOSEN_REWARDS) / good;
    double badReward = metrics.get(KtoMetrics.REJECTED_REWARDS) / bad;
    figures.put(KtoMetrics.CHOSEN_COUNT, good);
    figures.put(KtoMetrics.REJECTED_COUNT, bad);
    if (good > 0) {
      figures.put(KtoMetrics.CHOSEN_REWARD, goodReward);
      figures.put(KtoMetrics.CHOSEN_LOG_PROB, metrics.get(KtoMetrics.CHOSEN_LOG_PROBS) / good);
    }
    if (bad > 0) {
      figures.put(KtoMetrics.REJECTED_REWARD, badReward);
      figures.put(KtoMetrics.REJECTED_LOG_PROB, metrics.get(KtoMetrics.REJECTED_LOG_PROBS) / bad);
    }
    if (good > 0 && bad > 0) {
      figures.put(KtoMetrics.MARGIN, goodReward - badReward);
    }
    figures.put(KtoMetrics.REFERENCE_POINT, metrics.get(KtoMetrics.REFERENCE_POINT));
    return figures;
  }
}
