package dev.parley.trainer.recipe.simpo;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairObjective;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;

/**
 * Simple preference optimisation: a policy learns to prefer the chosen answer by its
 * log-probability per token, without a reference (Meng et al. 2024). See {@code
 * docs/recipes/simpo.md}.
 */
public final class SimPoRecipe implements Recipe<SimPoConfig> {

  @Override
  public Class<SimPoConfig> configuration() {
    return SimPoConfig.class;
  }

  @Override
  public void check(SimPoConfig config, Problems problems) {
    problems.require(
        config.simpo().labelSmoothing() == 0 || config.simpo().variant() != SimPoLoss.Variant.HINGE,
        "simpo.label-smoothing is "
            + config.simpo().labelSmoothing()
            + ", which simpo.variant hinge does not have; give 0, or another variant");
  }

  @Override
  public Plan plan(SimPoConfig config) {
    return training(config).plan("pairs");
  }

  @Override
  public boolean run(SimPoConfig config, RunContext context) {
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    OfflineTraining<AnswerPair> training = training(config);
    training.warn(context);
    return training.run(context, objective(config.simpo()));
  }

  private static OfflineTraining<AnswerPair> training(SimPoConfig config) {
    return new OfflineTraining<>(
        RecipeName.SIMPO,
        config,
        config.simpo(),
        OfflineTraining.Kind.POLICY,
        SharedSettings.read(config, LearningData::answerPairs));
  }

  /** Returns the loss of a batch of pairs. */
  static PairObjective objective(SimPoConfig.SimPo simpo) {
    SimPoLoss.Settings settings = settings(simpo);
    boolean perToken = simpo.variant() == SimPoLoss.Variant.SIMPO;
    return (logProbs, batch) -> {
      int pairs = batch.pairs().size();
      NDArray scores = perToken ? batch.rows().meansOf(logProbs) : logProbs;
      PairLoss result =
          SimPoLoss.of(
              scores.get(":" + pairs),
              scores.get(pairs + ":"),
              batch.doubts(simpo.useConfidence()),
              batch.allPairs(),
              settings);
      LossTerm imitation =
          PairObjective.imitation(logProbs, batch, simpo.sftCoefficient(), SimPoMetrics.LOSS);
      return result.term().plus(1, imitation);
    };
  }

  private static SimPoLoss.Settings settings(SimPoConfig.SimPo simpo) {
    return new SimPoLoss.Settings(
        simpo.variant(), simpo.beta(), simpo.gamma(), simpo.labelSmoothing(), simpo.alpha());
  }
}
