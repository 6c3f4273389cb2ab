package dev.parley.trainer.recipe.processreward;

import dev.parley.data.Solution;
import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.offline.OfflineConfig;
import dev.parley.trainer.recipe.RowsConfig;
import io.smallrye.config.WithDefault;
import java.util.OptionalDouble;

/** Settings of process reward modelling. */
public interface ProcessRewardConfig extends OfflineConfig, RowsConfig {

  /** The recipe's own settings. */
  ProcessReward processReward();

  /** What stands after each step. */
  enum Separator {
    /** A line feed. */
    LINE("\n"),
    /** An empty line. */
    BLANK_LINE("\n\n");

    private final String text;

    Separator(String text) {
      this.text = text;
    }

    /** Returns the text. */
    public String text() {
      return text;
    }
  }

  /** What a step that is neither right nor wrong says. */
  enum Neutral {
    /** The step is right. */
    GOOD,
    /** The step is wrong. */
    BAD,
    /** Either, with the same probability. */
    HALF,
    /** Nothing. */
    LEAVE_OUT;

    OptionalDouble label(double given) {
      if (given != Solution.NEUTRAL) {
        return OptionalDouble.of(given);
      }
      return switch (this) {
        case GOOD -> OptionalDouble.of(1);
        case BAD -> OptionalDouble.of(0);
        case HALF -> OptionalDouble.of(given);
        case LEAVE_OUT -> OptionalDouble.empty();
      };
    }
  }

  /** The recipe's own settings. */
  interface ProcessReward extends Passes {

    @Override
    @Help("Solutions per optimizer step.")
    @WithDefault("16")
    @Within("[1, ∞)")
    int batchSize();

    @Help(
        "What stands after each step, where the answers to be scored are cut too: line (one line"
            + " feed) or blank-line.")
    @WithDefault("line")
    Separator separator();

    @Help(
        "What a neutral step (a label of 0.5, PRM800K's rating 0) counts as: good (Lightman et al."
            + " 2023), bad, half, or leave-out.")
    @WithDefault("good")
    Neutral neutral();
  }
}
