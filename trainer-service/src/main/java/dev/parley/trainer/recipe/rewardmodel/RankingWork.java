package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Counts;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Labels;
import dev.parley.trainer.recipe.rewardmodel.Comparison.Judgement;
import java.util.List;

/**
 * Comparisons of one optimizer step, to be learnt from. All answers to a prompt go through the
 * model in one pass, each once; a pair weighs 1 over the pairs of its comparison.
 *
 * @param learner learns
 * @param comparisons all of the step
 * @param counts of the step
 * @param useMargin whether margins count
 * @param useConfidence whether confidences count
 * @param settings of the loss
 */
record RankingWork(
    Learner learner,
    List<Comparison> comparisons,
    Counts counts,
    boolean useMargin,
    boolean useConfidence,
    BradleyTerryLoss.Settings settings)
    implements Work<Metrics> {

  /** Prepares a step. */
  static RankingWork of(
      Learner learner, List<Comparison> comparisons, RewardModelConfig.RewardModel config) {
    List<Judgement> judgements =
        comparisons.stream().flatMap(one -> one.judgements().stream()).toList();
    Counts counts =
        new Counts(
            comparisons.size(),
            judgements.size(),
            judgements.stream().filter(judgement -> !judgement.tie()).count());
    BradleyTerryLoss.Settings settings =
        new BradleyTerryLoss.Settings(
            config.centeringCoefficient(),
            config.labelSmoothing(),
            config.ties(),
            config.tieThreshold());
    return new RankingWork(
        learner, comparisons, counts, config.useMargin(), config.useConfidence(), settings);
  }

  @Override
  public int[] lengths() {
    return lengths(comparisons);
  }

  /** Returns the number of tokens of each comparison. */
  static int[] lengths(List<Comparison> comparisons) {
    return comparisons.stream().mapToInt(Comparison::tokens).toArray();
  }

  /** Returns the answers of all comparisons, one comparison after the other. */
  static TokenBatch tokens(List<Comparison> comparisons) {
    return TokenBatch.of(comparisons.stream().flatMap(one -> one.answers().stream()).toList());
  }

  @Override
  public Metrics run(List<Integer> rows, int worker) {
    List<Comparison> chosen = rows.stream().map(comparisons::get).toList();
    int pairs = chosen.stream().mapToInt(one -> one.judgements().size()).sum();
    long[] better = new long[pairs];
    long[] worse = new long[pairs];
    float[] margin = new float[pairs];
    float[] tie = new float[pairs];
    float[] weight = new float[pairs];
    float[] doubt = new float[pairs];
    int pair = 0;
    int first = 0; // answer of the comparison, among those of all
    for (Comparison comparison : chosen) {
      for (Judgement judgement : comparison.judgements()) {
        better[pair] = first + judgement.better();
        worse[pair] = first + judgement.worse();
        margin[pair] = useMargin ? (float) judgement.margin() : 0;
        tie[pair] = judgement.tie() ? 1 : 0;
        doubt[pair] = useConfidence ? (float) (1 - judgement.confidence()) : 0;
        weight[pair] = 1f / comparison.judgements().size();
        pair++;
      }
      first += comparison.answers().size();
    }
    TokenBatch tokens = tokens(chosen);
    try (ForwardPass pass = learner.forward(tokens, tokens.lastPositions(), new float[0])) {
      NDArray scores = pass.scalars();
      NDManager scope = pass.scope();
      LossTerm term =
          BradleyTerryLoss.of(
              scores.take(scope.create(better)),
              scores.take(scope.create(worse)),
              new Labels(
                  scope.create(margin),
                  scope.create(tie),
                  scope.create(weight),
                  scope.create(doubt)),
              counts,
              settings);
      learner.backward(worker, pass, term.loss());
      return term.metrics();
    }
  }
}
