package dev.parley.trainer.rl;

/**
 * What an answer loses for its length, so that it learns to end before it is cut off (DAPO's soft
 * overlong punishment; Yu et al. 2025, arXiv:2503.14476, eq. 13):
 *
 * <pre>
 * 0                                      up to longest − buffer tokens
 * weight (length − longest + buffer) / buffer       from there to longest
 * weight                                 beyond
 * </pre>
 *
 * @param longest the most tokens that an answer may have, at least 1
 * @param buffer over how many tokens the penalty grows, 0 to longest; 0 for no penalty
 * @param weight the greatest penalty, at least 0
 */
public record OverlongPenalty(int longest, int buffer, double weight) {
  /**
   * @throws IllegalArgumentException if a number is out of range
   */
  public OverlongPenalty {
    if (longest < 1 || buffer < 0 || buffer > longest || !(weight >= 0)) {
      throw new IllegalArgumentException(
          "an overlong penalty of %s over the last %d of %d tokens; give a weight of at least 0 and a"
                  .formatted(weight, buffer, longest)
              + " buffer of 0 to that many tokens");
    }
  }

  /**
   * What is subtracted from the reward of one answer.
   *
   * @param length its tokens
   */
  public double of(int length) {
    if (buffer == 0) {
      return 0;
    }
    double over = (double) (length - longest + buffer) / buffer;
    return weight * Math.max(0, Math.min(1, over));
  }
}
