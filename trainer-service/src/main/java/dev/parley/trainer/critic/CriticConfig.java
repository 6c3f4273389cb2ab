package dev.parley.trainer.critic;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Settings of the value function. */
public interface CriticConfig {

  @Help("shared: a value head on the policy. separate: a model of its own.")
  @WithDefault("separate")
  Trunk trunk();

  @Help("Where a separate value model starts: a reward model's directory; else the policy.")
  Optional<Path> path();

  @Help(
      "With lora.rank, let a separate value model learn through an adapter, too, beside the"
          + " policy's own weights if it starts from them; else it learns as a whole.")
  @WithDefault("true")
  boolean adapter();

  @Help("Weight of the value loss beside the policy's, on a shared trunk.")
  @WithDefault("0.1")
  @Within("[0, ∞)")
  double coefficient();

  @Help("Values may move this far per update (Schulman et al. 2017); 0 switches clipping off.")
  @WithDefault("0.2")
  @Within("[0, ∞)")
  double clip();

  @Help("Learning rate of a separate value model.")
  @WithDefault("1e-5")
  @Within("(0, ∞)")
  double learningRate();

  @Help("First updates in which only the value function learns.")
  @WithDefault("0")
  @Within("[0, ∞)")
  int warmUpUpdates();

  /** What the value function shares with the policy. */
  enum Trunk {
    /** All but its head. */
    SHARED,
    /** Nothing. */
    SEPARATE
  }
}
