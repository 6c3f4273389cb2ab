package dev.parley.trainer.recipe;

import dev.parley.trainer.configuration.Problems;

/**
 * A way to train.
 *
 * @param <C> its settings
 */
public interface Recipe<C extends RecipeConfig> {

  /** Returns the interface that declares its settings. */
  Class<C> configuration();

  /**
   * Finds settings that contradict each other; each by itself is in its range already.
   *
   * @param config the settings
   * @param problems takes what is wrong, naming the keys
   */
  default void check(C config, Problems problems) {}

  /**
   * Opens model and files, and says what {@link #run} would do. Changes nothing.
   *
   * @param config settings that {@link #check} found in order
   * @return lines for a person
   * @throws RuntimeException with a message for the user if the run could not start
   */
  Plan plan(C config);

  /**
   * Trains.
   *
   * @param config settings that {@link #check} found in order
   * @param context the run
   * @return whether all updates were made, rather than the run stopped on request
   */
  boolean run(C config, RunContext context);
}
