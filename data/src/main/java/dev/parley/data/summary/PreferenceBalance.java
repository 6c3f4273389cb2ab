package dev.parley.data.summary;

import dev.parley.data.PreferenceSource;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the pairs' labels lie. Judges like long answers: where chosen is the longer one far more
 * often than half the time, a reward model can learn length instead of quality.
 *
 * @param pairs the number of pairs
 * @param ties pairs in which neither is better
 * @param withMargin pairs that say how much better
 * @param chosenLonger pairs without tie whose chosen answer has more characters
 * @param rejectedLonger pairs without tie whose rejected answer has more characters
 * @param emptyAnswers pairs with an answer that says nothing
 * @param bySource pairs by who judged them
 */
public record PreferenceBalance(
    long pairs,
    long ties,
    long withMargin,
    long chosenLonger,
    long rejectedLonger,
    long emptyAnswers,
    Map<PreferenceSource, Long> bySource) {

  /** Copies the counts, sorted by source. */
  public PreferenceBalance {
    bySource = Collections.unmodifiableMap(new TreeMap<>(bySource));
  }

  /** The share of pairs that say how much better, 0 to 1. */
  public double marginShare() {
    return pairs == 0 ? 0 : (double) withMargin / pairs;
  }

  /**
   * The share of untied pairs of unequal length whose chosen answer is the longer one, 0 to 1; 0.5
   * if there are none.
   */
  public double chosenLongerShare() {
    long unequal = chosenLonger + rejectedLonger;
    return unequal == 0 ? 0.5 : (double) chosenLonger / unequal;
  }
}
