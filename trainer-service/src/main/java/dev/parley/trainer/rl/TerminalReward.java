package dev.parley.trainer.rl;

/**
 * Puts the score of an answer on its last action token.
 *
 * <p>The last action token is found from the mask, never from token ids: end-of-text tokens may
 * double as padding, and stop strings leave none. The order is: clip the score, take the penalty
 * for an answer that did not end by itself, add.
 *
 * @param lowest scores below are clipped to this; negative infinity for no clipping
 * @param highest scores above are clipped to this; infinity for no clipping
 * @param missingEosPenalty taken from the score of an answer that was cut off, at least 0
 */
public record TerminalReward(double lowest, double highest, double missingEosPenalty) {
  /** The score as it is. */
  public static final TerminalReward PLAIN =
      new TerminalReward(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0);

  /**
   * @throws IllegalArgumentException if the bounds cross or the penalty is negative
   */
  public TerminalReward {
    if (!(lowest <= highest)) {
      throw new IllegalArgumentException(
          "scores cannot be clipped to [%s, %s]; give the lower bound first"
              .formatted(lowest, highest));
    }
    if (!(missingEosPenalty >= 0 && Double.isFinite(missingEosPenalty))) {
      throw new IllegalArgumentException(
          "the penalty for a missing end is %s; give a number of at least 0, it is subtracted"
              .formatted(missingEosPenalty));
    }
  }

  /**
   * What is added for one answer.
   *
   * @param score as the scorer gave it
   * @param ended whether the answer ended by itself: end token or stop string, not the length limit
   */
  public double reward(double score, boolean ended) {
    return Math.max(lowest, Math.min(highest, score)) - (ended ? 0 : missingEosPenalty);
  }

  /** Returns whether there is a bound that scores are clipped to. */
  public boolean clips() {
    return Double.isFinite(lowest) || Double.isFinite(highest);
  }

  /** Returns whether a score is clipped. */
  public boolean clips(double score) {
    return score < lowest || score > highest;
  }

  /**
   * Adds the scores to the rewards, in place.
   *
   * @param rewards {@code [B][T]}, changed
   * @param mask {@code [B][T]}
   * @param scores {@code [B]}
   * @param ended {@code [B]}, whether each answer ended by itself
   * @throws IllegalArgumentException if shapes differ, a score is not finite, or a row has no
   *     action token: rows whose score is missing are to be left out of the batch before
   */
  public void addTo(float[][] rewards, boolean[][] mask, float[] scores, boolean[] ended) {
    Rows.requireShape("rewards", rewards, mask);
    if (scores.length != rewards.length || ended.length != rewards.length) {
      throw new IllegalArgumentException(
          "%d rows, %d scores, %d ends; give one of each for each row"
              .formatted(rewards.length, scores.length, ended.length));
    }
    for (int b = 0; b < rewards.length; b++) {
      if (!Float.isFinite(scores[b])) {
        throw new IllegalArgumentException(
            "the score of row %d is %s; leave rows without a score out of the batch"
                .formatted(b, scores[b]));
      }
      int last = lastAction(mask[b]);
      if (last < 0) {
        throw new IllegalArgumentException(
            "row %d has no action token to carry its score; leave such rows out of the batch"
                .formatted(b));
      }
      rewards[b][last] += (float) reward(scores[b], ended[b]);
    }
  }

  private static int lastAction(boolean[] mask) {
    int t = mask.length - 1;
    while (t >= 0 && !mask[t]) {
      t--;
    }
    return t;
  }
}
