package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.Comparison;
import dev.parley.trainer.experience.Comparison.Judgement;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.JudgedPair;
import dev.parley.trainer.experience.LeftOut;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Ties;
import dev.parley.trainer.scores.HeldOutScores;
import dev.parley.trainer.scores.ScoreObjective;
import java.util.List;

/**
 * Reward modelling: a model with a scalar head learns to score the chosen answer above the rejected
 * one (Bradley and Terry 1952; Stiennon et al. 2020; Ouyang et al. 2022). See {@code
 * docs/recipes/reward-model.md}.
 */
public final class RewardModelRecipe implements Recipe<RewardModelConfig> {

  @Override
  public Class<RewardModelConfig> configuration() {
    return RewardModelConfig.class;
  }

  @Override
  public void check(RewardModelConfig config, Problems problems) {
    RewardModelConfig.RewardModel own = config.rewardModel();
    problems.require(
        own.ties() == Ties.RAO_KUPPER || own.tieThreshold() == RewardModelConfig.TIE_THRESHOLD,
        "reward-model.tie-threshold is "
            + own.tieThreshold()
            + ", which only reward-model.ties=rao-kupper reads");
  }

  @Override
  public Plan plan(RewardModelConfig config) {
    LearningData<JudgedPair> pairs = read(config);
    return training(config, pairs).plan("pairs", pairs);
  }

  @Override
  public boolean run(RewardModelConfig config, RunContext context) {
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    OfflineTraining<Comparison> training = training(config, read(config));
    training.warn(context);
    return training.run(context, new Ranking(config.rewardModel()));
  }

  private static LearningData<JudgedPair> read(RewardModelConfig config) {
    RewardModelConfig.RewardModel own = config.rewardModel();
    boolean ties = own.ties() != Ties.LEAVE_OUT;
    LearningData<JudgedPair> data =
        SharedSettings.read(
                config, (source, encoder) -> LearningData.judgedPairs(source, encoder, ties))
            .only(pair -> own.judgedBy().admits(pair.source()), LeftOut.OTHER_JUDGE);
    if (data.train().stream().allMatch(JudgedPair::tie)) {
      throw new IllegalArgumentException(
          "all %d pairs of %s are ties, from which no order can be learnt; expected some with a better answer"
              .formatted(data.train().size(), config.data().files()));
    }
    return data;
  }

  private static OfflineTraining<Comparison> training(
      RewardModelConfig config, LearningData<JudgedPair> pairs) {
    return new OfflineTraining<>(
        RecipeName.REWARD_MODEL,
        config,
        config.rewardModel(),
        OfflineTraining.Kind.REWARD,
        pairs.with(rows -> Comparison.of(rows, config.rewardModel().byPrompt())));
  }

  /** Orders answers as they were judged; a pair weighs 1 over the pairs of its comparison. */
  private record Ranking(RewardModelConfig.RewardModel config)
      implements ScoreObjective<Comparison> {

    @Override
    public LossTerm loss(NDArray scores, List<Comparison> rows, List<Comparison> step) {
      List<Judgement> all = judgements(rows);
      int pairs = all.size();
      long[] better = new long[pairs];
      long[] worse = new long[pairs];
      float[] margin = new float[pairs];
      float[] tie = new float[pairs];
      float[] weight = new float[pairs];
      int pair = 0;
      int first = 0; // answer of the comparison, among those of all
      for (Comparison comparison : rows) {
        for (Judgement judgement : comparison.judgements()) {
          better[pair] = first + judgement.better();
          worse[pair] = first + judgement.worse();
          margin[pair] = config.useMargin() ? (float) judgement.margin() : 0;
          tie[pair] = judgement.tie() ? 1 : 0;
          weight[pair] = 1f / comparison.judgements().size();
          pair++;
        }
        first += comparison.answers().size();
      }
      float[] doubt =
          SoftLabels.doubts(
              config.useConfidence(), all.stream().mapToDouble(Judgement::confidence));
      NDManager scope = scores.getManager();
      return BradleyTerryLoss.of(
          scores.take(scope.create(better)),
          scores.take(scope.create(worse)),
          new BradleyTerryLoss.Labels(
              scope.create(margin), scope.create(tie), scope.create(weight), scope.create(doubt)),
          counts(step),
          new BradleyTerryLoss.Settings(
              config.centeringCoefficient(),
              config.labelSmoothing(),
              config.ties(),
              config.tieThreshold()));
    }

    private static BradleyTerryLoss.Counts counts(List<Comparison> step) {
      List<Judgement> all = judgements(step);
      long decided = all.stream().filter(judgement -> !judgement.tie()).count();
      return new BradleyTerryLoss.Counts(step.size(), all.size(), decided);
    }

    private static List<Judgement> judgements(List<Comparison> rows) {
      return rows.stream().flatMap(row -> row.judgements().stream()).toList();
    }

    @Override
    public Evaluation judge(float[][] scores, List<Comparison> rows) {
      return HeldOutScores.of(scores, rows);
    }
  }
}
