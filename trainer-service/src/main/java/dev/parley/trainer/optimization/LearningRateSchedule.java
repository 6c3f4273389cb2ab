package dev.parley.trainer.optimization;

/**
 * The learning rate of each optimizer step: a linear warm-up from 0, then a decay. With w warm-up
 * steps, n steps in all, and p = (k − w) / (n − w) the progress after the warm-up, step k (from 0)
 * has the peak rate times
 *
 * <pre>
 * k / w                                    k &lt; w
 * 1                                        CONSTANT
 * max(0, 1 − p)                            LINEAR
 * ½ (1 + cos π p)                          COSINE (Loshchilov and Hutter 2017, arXiv:1608.03983)
 * </pre>
 *
 * <p>A decay that ends at a minimum m instead of 0 has {@code f (1 − m) + m} for f. After the last
 * step, n − 1, LINEAR stays at its end and COSINE rises again, as in transformers.
 *
 * @param decay shape after the warm-up
 * @param peak the rate at the end of the warm-up, above 0
 * @param warmupSteps w, at least 0
 * @param totalSteps n, at least 1 and at least w
 * @param minimum m, the fraction of the peak at which the decay ends, 0 to 1
 */
public record LearningRateSchedule(
    Decay decay, double peak, long warmupSteps, long totalSteps, double minimum) {
  /** Shape after the warm-up. */
  public enum Decay {
    /** The peak to the end. */
    CONSTANT,
    /** A straight line. */
    LINEAR,
    /** Half a cosine wave. */
    COSINE
  }

  /**
   * @throws IllegalArgumentException if a number is out of range
   */
  public LearningRateSchedule {
    if (!(peak > 0 && Double.isFinite(peak))) {
      throw new IllegalArgumentException(
          "the peak learning rate is %s; give a number above 0".formatted(peak));
    }
    if (warmupSteps < 0 || totalSteps < 1 || warmupSteps > totalSteps) {
      throw new IllegalArgumentException(
          "%d warm-up steps of %d in all; give 0 to %d"
              .formatted(warmupSteps, totalSteps, Math.max(totalSteps, 1)));
    }
    if (!(minimum >= 0 && minimum <= 1)) {
      throw new IllegalArgumentException(
          "the minimum rate is %s of the peak; give 0 to 1".formatted(minimum));
    }
  }

  /**
   * The rate of one step.
   *
   * @param step k, the number of steps taken before
   */
  public double rate(long step) {
    if (step < warmupSteps) {
      return peak * step / warmupSteps;
    }
    double progress = (step - warmupSteps) / (double) Math.max(1, totalSteps - warmupSteps);
    double factor =
        switch (decay) {
          case CONSTANT -> 1;
          case LINEAR -> Math.max(0, 1 - progress);
          case COSINE -> (1 + Math.cos(Math.PI * progress)) / 2;
        };
    return peak * (factor * (1 - minimum) + minimum);
  }
}
