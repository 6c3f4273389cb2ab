package dev.parley.trainer.recipe;

/**
 * A way to train.
 *
 * @param <C> its settings
 */
public interface Recipe<C extends RecipeConfig> {

  /** Returns the interface that declares its settings. */
  Class<C> configuration();

  /**
   * Checks settings and files, and says what {@link #run} would do. Changes nothing.
   *
   * @param config the settings
   * @return lines for a person
   * @throws RuntimeException with a message for the user if the run could not start
   */
  Plan plan(C config);

  /**
   * Trains.
   *
   * @param config the settings
   * @param context the run
   * @return whether all updates were made, rather than the run stopped on request
   */
  boolean run(C config, RunContext context);
}
