package dev.parley.trainer.rl;

/**
 * The KL coefficient β and how it follows the measured KL. A controller is a value: its record
 * components are its whole state, so a checkpoint that stores them restores it exactly.
 */
public sealed interface KlController {
  /** β now in force. */
  double coefficient();

  /**
   * The controller after one update of the policy.
   *
   * @param kl measured KL of the batch, nats per answer ({@link Kl#meanPerSequence})
   * @param answers number of answers in the batch
   */
  KlController updated(double kl, long answers);

  /**
   * β stays as it is.
   *
   * @param coefficient β, at least 0
   */
  record Fixed(double coefficient) implements KlController {
    /**
     * @throws IllegalArgumentException if β is negative or not finite
     */
    public Fixed {
      requireCoefficient(coefficient);
    }

    @Override
    public Fixed updated(double kl, long answers) {
      return this;
    }
  }

  /**
   * The proportional controller of Ziegler et al. 2019 (arXiv:1909.08593, §2.2), with the batch
   * size over a horizon as its gain:
   *
   * <pre>
   * e = clip(KL / target − 1, −0.2, 0.2)
   * β ← β (1 + e · answers / horizon)
   * </pre>
   *
   * @param coefficient β now in force, above 0: from 0 it could never rise
   * @param target KL to settle at, nats per answer, above 0
   * @param horizon number of answers over which an error of 100% would double β, above 0
   */
  record Adaptive(double coefficient, double target, double horizon) implements KlController {
    private static final double LARGEST_ERROR = 0.2;

    /**
     * @throws IllegalArgumentException if one of the numbers is not above 0, or not finite
     */
    public Adaptive {
      requireCoefficient(coefficient);
      requirePositive("coefficient", coefficient);
      requirePositive("target", target);
      requirePositive("horizon", horizon);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the KL is not finite
     */
    @Override
    public Adaptive updated(double kl, long answers) {
      if (!Double.isFinite(kl)) {
        throw new IllegalArgumentException(
            "the measured KL is %s; skip the update of a batch that is not finite".formatted(kl));
      }
      double error = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, kl / target - 1));
      return new Adaptive(coefficient * (1 + error * answers / horizon), target, horizon);
    }

    private static void requirePositive(String name, double value) {
      if (!(value > 0 && Double.isFinite(value))) {
        throw new IllegalArgumentException(
            "%s of the adaptive KL controller is %s; give a number above 0".formatted(name, value));
      }
    }
  }

  private static void requireCoefficient(double coefficient) {
    if (!(coefficient >= 0 && Double.isFinite(coefficient))) {
      throw new IllegalArgumentException(
          "the KL coefficient is %s; give a number of at least 0".formatted(coefficient));
    }
  }
}
