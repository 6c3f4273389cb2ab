package dev.parley.trainer.recipe;

/**
 * When something is due that happens every few updates and always after the last one.
 *
 * @param updates from one time to the next; 0 for the end only
 * @param last the run's last update
 */
public record Every(int updates, long last) {

  /** Returns whether it is due after an update. */
  public boolean due(long update) {
    return update == last || updates > 0 && update % updates == 0;
  }
}
