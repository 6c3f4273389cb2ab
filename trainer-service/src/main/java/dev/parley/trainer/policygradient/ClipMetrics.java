package dev.parley.trainer.policygradient;

/**
 * Names of what {@link Clip} measures, as TRL logs it: means over the tokens of the global batch,
 * or over its answers where the ratio is that of an answer.
 */
public final class ClipMetrics {

  /** Fraction clipped from below: A negative and ρ under 1 − ε_low. */
  public static final String LOW = "clip_ratio/low_mean";

  /** Fraction clipped from above: A positive and ρ over 1 + ε_high. */
  public static final String HIGH = "clip_ratio/high_mean";

  /** Fraction clipped at either end. */
  public static final String EITHER = "clip_ratio/region_mean";

  private ClipMetrics() {}
}
