package dev.parley.trainer.recipe.kto;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.JudgedAnswer;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.loss.PackedRows;
import dev.parley.trainer.recipe.offline.AnswerLogProbs;
import dev.parley.trainer.recipe.offline.Objective;
import dev.parley.trainer.recipe.offline.ReferenceLogProbs;
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
    return new KtoWork(learner, rows, referencePoint(learner.model(), rows, accumulation), this);
  }

  @Override
  public Metrics evaluate(LanguageModel model, List<JudgedAnswer> rows, Accumulation accumulation) {
    double referencePoint = referencePoint(model, rows, accumulation);
    float[] logProbs = AnswerLogProbs.of(model, answers(rows), accumulation);
    try (NDManager scope = NDManager.newBaseManager(model.options().device(), "PyTorch")) {
      return loss(scope.create(logProbs), rows, referencePoint, rows.size()).metrics();
    }
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

  private KtoLoss.Result loss(
      NDArray logProbs, List<JudgedAnswer> rows, double referencePoint, int all) {
    boolean[] desirable = new boolean[rows.size()];
    for (int i = 0; i < desirable.length; i++) {
      desirable[i] = rows.get(i).desirable();
    }
    NDArray refLogProbs = logProbs.getManager().create(reference.logProbs(answers(rows)));
    return KtoLoss.of(logProbs, refLogProbs, desirable, referencePoint, all, settings);
  }

  private static List<LearningSequence> answers(List<JudgedAnswer> rows) {
    return rows.stream().map(JudgedAnswer::answer).toList();
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

  /**
   * Answers of one optimizer step, to be learnt from.
   *
   * @param learner learns
   * @param rows all of the step
   * @param referencePoint z_0 of the step
   * @param objective what is wanted
   */
  private record KtoWork(
      Learner learner, List<JudgedAnswer> rows, double referencePoint, KtoObjective objective)
      implements Work<Metrics> {

    @Override
    public int[] lengths() {
      return rows.stream().mapToInt(JudgedAnswer::tokens).toArray();
    }

    @Override
    public Metrics run(List<Integer> chosen, int worker) {
      List<JudgedAnswer> part = chosen.stream().map(rows::get).toList();
      PackedBatch packed = PackedBatch.of(answers(part));
      try (ForwardPass pass = learner.forward(packed, new float[0])) {
        NDArray sums = PackedRows.ofLengths(packed.rowCounts()).sums(pass.logProbs());
        KtoLoss.Result result = objective.loss(sums, part, referencePoint, rows.size());
        learner.backward(worker, pass, result.loss());
        return result.metrics();
      }
    }
  }
}
