package dev.parley.trainer.recipe.rewardmodel;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.experience.JudgedBy;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;

/** Settings of reward modelling. */
public interface RewardModelConfig extends OfflineConfig, RowsConfig {

  /** Rao and Kupper's threshold, unless another is given: equal answers tie with tanh(¼). */
  double TIE_THRESHOLD = 0.5;

  /** The recipe's own settings. */
  RewardModel rewardModel();

  /** The recipe's own settings. */
  interface RewardModel extends LabelPasses {

    @Override
    @Help(
        "Pairs per optimizer step, a ranking counting as one; with reward-model.by-prompt, prompts.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();

    @Help("Use the pairs' margins: log σ(r_c − r_r − margin) (Touvron et al. 2023, eq. 2).")
    @WithDefault("true")
    boolean useMargin();

    @Help("Whose pairs count, those of others being left out: unknown is what nobody signed.")
    @WithDefault("all")
    JudgedBy judgedBy();

    @Help(
        "Learn from all pairs of a prompt together, each answer going through the model once and"
            + " the pairs weighing as much as one (Ouyang et al. 2022, eq. 1). The pairs of a row"
            + " that ranks several answers are together anyway.")
    @WithDefault("false")
    boolean byPrompt();

    @Help("Share ε of the labels that are taken to be wrong: −(1 − ε) log σ(x) − ε log σ(−x).")
    @WithDefault("0.0")
    @Within("[0, 0.5)")
    double labelSmoothing();

    @Help(
        "What a tie says. leave-out: nothing. half: either answer was chosen half of the time"
            + " (Christiano et al. 2017). rao-kupper: the scores are closer than a threshold (Rao"
            + " and Kupper 1967).")
    @WithDefault("leave-out")
    BradleyTerryLoss.Ties ties();

    @Help(
        "With rao-kupper, the threshold η in units of the score: two answers of equal score tie"
            + " with probability tanh(η/2).")
    @WithDefault("" + TIE_THRESHOLD)
    @Within("(0, ∞)")
    double tieThreshold();

    @Help("Coefficient of (r_c + r_r)², which keeps rewards near zero (Eisenstein et al. 2023).")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double centeringCoefficient();
  }
}
