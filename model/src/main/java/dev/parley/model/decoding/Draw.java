package dev.parley.model.decoding;

import java.util.List;

/**
 * How one token is to be drawn.
 *
 * @param temperature divides the logits; 0 takes the likeliest token
 * @param topK keeps only this many most likely tokens; 0 keeps all
 * @param topP keeps the smallest set of tokens whose probability reaches this; 1 keeps all
 * @param banned tokens that must not be drawn
 * @param uniform a number in [0, 1), at which the distribution function is inverted: what is drawn
 *     depends on it and on the logits alone, whatever else is in the batch
 */
public record Draw(
    double temperature, int topK, double topP, List<Integer> banned, double uniform) {

  /** Copies the list. */
  public Draw {
    banned = List.copyOf(banned);
  }

  /**
   * Returns whether the token is drawn from the model's own distribution, but for banned tokens.
   */
  public boolean plain() {
    return temperature == 1 && topK == 0 && topP == 1;
  }
}
