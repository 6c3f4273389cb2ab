package dev.parley.model.decoder;

/**
 * What a pass keeps for its way back, and how far back it goes.
 *
 * @param frozenLayers how many layers do not learn, counted from the embedding, which then does not
 *     learn either: the way back stops above them. 0 if everything learns
 * @param recompute whether the pass keeps only the input of each layer and computes the rest again
 *     on the way back (Chen et al. 2016, arXiv:1604.06174); the gradient has the same bits
 */
public record PassOptions(int frozenLayers, boolean recompute) {

  /** Everything learns, and what was computed is kept. */
  public static final PassOptions PLAIN = new PassOptions(0, false);

  /** Checks the number. */
  public PassOptions {
    if (frozenLayers < 0) {
      throw new IllegalArgumentException(
          frozenLayers + " layers are to be frozen, expected at least 0");
    }
  }

  /**
   * Returns the same, with more layers frozen if these are fewer.
   *
   * @param layers how many
   */
  public PassOptions atLeastFrozen(int layers) {
    return layers <= frozenLayers ? this : new PassOptions(layers, recompute);
  }
}
