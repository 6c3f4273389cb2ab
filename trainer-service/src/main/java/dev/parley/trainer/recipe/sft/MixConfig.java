package dev.parley.trainer.recipe.sft;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Settings of demonstrations that are mixed into another recipe's steps. */
public interface MixConfig {

  @Help("Weight of the demonstrations' loss beside PPO's; 0 switches it off.")
  @WithDefault("0.0")
  @Within("[0, ∞)")
  double coefficient();

  @Help("Files of demonstrations.")
  Optional<List<String>> files();

  @Help("Count bad rows and go on, instead of stopping at the first.")
  @WithDefault("false")
  boolean skipBad();

  @Help("Demonstrations with more tokens are left out and counted.")
  @WithDefault("1024")
  @Within("[2, ∞)")
  int maxTokens();

  @Help("Demonstrations per optimizer step.")
  @WithDefault("8")
  @Within("[1, ∞)")
  int batchSize();
}
