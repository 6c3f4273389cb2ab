package dev.parley.trainer.recipe.rewardregression;

import dev.parley.data.Rating;
import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;
import java.util.List;

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

    @Help(
        "Which scores of the rows are learnt, each by an output of its own: score, or attributes"
            + " such as helpfulness,verbosity.")
    @WithDefault(Rating.SCORE)
    List<String> attributes();

    @Help(
        "Learn (score − mean) / deviation of an attribute's scores learnt from, which a new head"
            + " finds faster than the scores themselves.")
    @WithDefault("true")
    boolean standardise();
  }
}
