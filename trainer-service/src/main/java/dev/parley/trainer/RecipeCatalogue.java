package dev.parley.trainer;

import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.awr.AwrRecipe;
import dev.parley.trainer.recipe.dpo.DpoRecipe;
import dev.parley.trainer.recipe.grpo.GrpoRecipe;
import dev.parley.trainer.recipe.kto.KtoRecipe;
import dev.parley.trainer.recipe.onlinedpo.OnlineDpoRecipe;
import dev.parley.trainer.recipe.orpo.OrpoRecipe;
import dev.parley.trainer.recipe.ppo.PpoRecipe;
import dev.parley.trainer.recipe.processreward.ProcessRewardRecipe;
import dev.parley.trainer.recipe.reinforce.ReinforceRecipe;
import dev.parley.trainer.recipe.rejection.RejectionRecipe;
import dev.parley.trainer.recipe.rewardmodel.RewardModelRecipe;
import dev.parley.trainer.recipe.rewardregression.RewardRegressionRecipe;
import dev.parley.trainer.recipe.rloo.RlooRecipe;
import dev.parley.trainer.recipe.sft.SftRecipe;
import dev.parley.trainer.recipe.simpo.SimPoRecipe;

/** Which class makes which recipe. */
final class RecipeCatalogue {

  private RecipeCatalogue() {}

  /** Returns a recipe. */
  static Recipe<?> of(RecipeName name) {
    return switch (name) {
      case SFT -> new SftRecipe();
      case REWARD_MODEL -> new RewardModelRecipe();
      case REWARD_REGRESSION -> new RewardRegressionRecipe();
      case PROCESS_REWARD -> new ProcessRewardRecipe();
      case DPO -> new DpoRecipe();
      case KTO -> new KtoRecipe();
      case ORPO -> new OrpoRecipe();
      case SIMPO -> new SimPoRecipe();
      case PPO -> new PpoRecipe();
      case GRPO -> new GrpoRecipe();
      case RLOO -> new RlooRecipe();
      case REINFORCE_PLUS_PLUS -> new ReinforceRecipe();
      case REJECTION_SAMPLING -> new RejectionRecipe();
      case ONLINE_DPO -> new OnlineDpoRecipe();
      case AWR -> new AwrRecipe();
    };
  }
}
