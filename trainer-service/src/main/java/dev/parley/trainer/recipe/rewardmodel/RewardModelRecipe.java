package dev.parley.trainer.recipe.rewardmodel;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.JudgedPair;
import dev.parley.trainer.experience.LeftOut;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Ties;
import dev.parley.trainer.recipe.rewardmodel.Comparison.Judgement;
import dev.parley.trainer.recipe.rewardmodel.HeldOutScores.Scored;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Evaluation;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Objective;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Pace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reward modelling: a model with a scalar head learns to score the chosen answer above the rejected
 * one (Bradley and Terry 1952; Stiennon et al. 2020; Ouyang et al. 2022). The loop is {@link
 * RewardTraining}'s. See {@code docs/recipes/reward-model.md}.
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
    LearningData<JudgedPair> data = read(config);
    return training(config).plan(data, comparisons(config, data.train()));
  }

  @Override
  public boolean run(RewardModelConfig config, RunContext context) {
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    LearningData<JudgedPair> data = read(config);
    context.warnOfLeftOut(data);
    return training(config)
        .run(comparisons(config, data.train()), comparisons(config, data.heldOut()), context);
  }

  private static RewardTraining<Comparison> training(RewardModelConfig config) {
    RewardModelConfig.RewardModel own = config.rewardModel();
    return new RewardTraining<>(
        "reward-model",
        config,
        config.optimizer(),
        new Pace(own.epochs(), own.batchSize(), own.evaluateEvery()),
        new Ranking(own));
  }

  private static LearningData<JudgedPair> read(RewardModelConfig config) {
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      LearningData<JudgedPair> data =
          LearningData.judgedPairs(
                  SharedSettings.rows(config.data(), config),
                  encoder,
                  config.rewardModel().ties() != Ties.LEAVE_OUT)
              .only(
                  pair -> config.rewardModel().judgedBy().admits(pair.source()),
                  LeftOut.OTHER_JUDGE);
      if (data.train().stream().allMatch(JudgedPair::tie)) {
        throw new IllegalArgumentException(
            "all "
                + data.train().size()
                + " pairs of "
                + config.data().files()
                + " are ties, from which no order can be learnt; expected some with a better"
                + " answer");
      }
      return data;
    }
  }

  private static List<Comparison> comparisons(RewardModelConfig config, List<JudgedPair> pairs) {
    return Comparison.of(pairs, config.rewardModel().byPrompt());
  }

  /** Learns to order answers as they were judged. */
  private record Ranking(RewardModelConfig.RewardModel config) implements Objective<Comparison> {

    @Override
    public String rows() {
      return "pairs";
    }

    @Override
    public int tokens(Comparison row) {
      return row.tokens();
    }

    @Override
    public int longest(Comparison row) {
      return row.longest();
    }

    @Override
    public int scored(Comparison row) {
      return row.answers().size();
    }

    @Override
    public Work<Metrics> work(Learner learner, List<Comparison> batch) {
      return RankingWork.of(learner, batch, config);
    }

    @Override
    public Evaluation evaluate(
        LanguageModel model, List<Comparison> rows, Accumulation accumulation) {
      float[][] scores = new float[rows.size()][];
      accumulation.score(
          new Scoring(
              RankingWork.lengths(rows),
              some -> {
                List<Comparison> part = some.stream().map(rows::get).toList();
                float[] all = model.finalScalars(RankingWork.tokens(part));
                int first = 0;
                for (int row : some) {
                  int end = first + rows.get(row).answers().size();
                  scores[row] = Arrays.copyOfRange(all, first, end);
                  first = end;
                }
              }));
      List<Scored> pairs = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        for (Judgement judgement : rows.get(i).judgements()) {
          if (!judgement.tie()) {
            pairs.add(
                new Scored(
                    scores[i][judgement.better()],
                    scores[i][judgement.worse()],
                    judgement.margin(),
                    judgement.source()));
          }
        }
      }
      return new HeldOutScores(pairs);
    }
  }
}
