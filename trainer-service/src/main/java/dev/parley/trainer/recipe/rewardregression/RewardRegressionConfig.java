package dev.parley.trainer.recipe.rewardregression;

import dev.parley.data.Rating;
import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;

/** Settings of learning from ratings. */
public interface RewardRegressionConfig extends RowsConfig {

  /** The optimizer. */
  Optimizer optimizer();

  /** The recipe's own settings. */
  RewardRegression rewardRegression();

  /** The recipe's own settings. */
  interface RewardRegression {

    @Help("Passes over the ratings.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Answers per optimizer step.")
    @WithDefault("32")
    @Within("[1, ∞)")
    int batchSize();

    @Help("Which score of the rows is learnt: score, or an attribute such as helpfulness.")
    @WithDefault(Rating.SCORE)
    String attribute();

    @Help(
        "Learn (score − mean) / deviation of the scores learnt from, which a new head finds faster"
            + " than the scores themselves.")
    @WithDefault("true")
    boolean standardise();

    @Help(
        "Optimizer steps between evaluations on the held-out ratings; 0 evaluates at the end only.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int evaluateEvery();
  }
}
