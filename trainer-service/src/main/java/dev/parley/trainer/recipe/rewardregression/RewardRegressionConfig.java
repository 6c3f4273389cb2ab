package dev.parley.trainer.recipe.rewardregression;

import dev.parley.data.Rating;
import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;

/** Settings of learning from ratings. */
public interface RewardRegressionConfig extends OfflineConfig, RowsConfig {

  /** The recipe's own settings. */
  RewardRegression rewardRegression();

  /** The recipe's own settings. */
  interface RewardRegression extends Passes {

    @Override
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
  }
}
