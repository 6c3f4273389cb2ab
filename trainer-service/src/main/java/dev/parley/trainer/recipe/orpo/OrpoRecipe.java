package dev.parley.trainer.recipe.orpo;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.preference.PairObjective;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;

/**
 * Odds-ratio preference optimisation: a policy imitates the chosen answers and learns to prefer
 * them in one step, without a reference (Hong et al. 2024). See {@code docs/recipes/orpo.md}.
 */
public final class OrpoRecipe implements Recipe<OrpoConfig> {

  @Override
  public Class<OrpoConfig> configuration() {
    return OrpoConfig.class;
  }

  @Override
  public Plan plan(OrpoConfig config) {
    return training(config).plan("pairs");
  }

  @Override
  public boolean run(OrpoConfig config, RunContext context) {
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    OfflineTraining<AnswerPair> training = training(config);
    training.warn(context);
    return training.run(context, objective(config.orpo()));
  }

  private static OfflineTraining<AnswerPair> training(OrpoConfig config) {
    return new OfflineTraining<>(
        RecipeName.ORPO,
        config,
        config.orpo(),
        OfflineTraining.Kind.POLICY,
        SharedSettings.read(config, LearningData::answerPairs));
  }

  /** Returns the loss of a batch of pairs. */
  static PairObjective objective(OrpoConfig.Orpo orpo) {
    return (logProbs, batch) -> {
      int pairs = batch.pairs().size();
      NDArray means = batch.rows().meansOf(logProbs);
      NDArray chosen = logProbs.get(":" + pairs);
      NDArray nll = chosen.sum().div(number(chosen, -batch.allChosenTokens()));
      return OrpoLoss.of(
              means.get(":" + pairs),
              means.get(pairs + ":"),
              nll,
              batch.doubts(orpo.useConfidence()),
              batch.allPairs(),
              orpo.beta())
          .term();
    };
  }
}
