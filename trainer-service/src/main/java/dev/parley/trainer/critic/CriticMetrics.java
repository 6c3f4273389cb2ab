package dev.parley.trainer.critic;

/**
 * Names of what a critic measures, as TRL or veRL log them. Losses are means over the action tokens
 * of a minibatch, then over the update's steps; values are those before the update's first step.
 */
public final class CriticMetrics {

  /** L_value, before its coefficient. */
  public static final String LOSS = "loss/value_avg";

  /** Fraction of the tokens whose clipped squared error was the larger one. */
  public static final String CLIP_FRACTION = "val/clipfrac_avg";

  /** {@code mean (V − R)²}. */
  public static final String ERROR = "val/error";

  /** Learning rate of the value function's newest step. */
  public static final String LEARNING_RATE = "critic/lr";

  /** Norm of the value function's gradient, before clipping. */
  public static final String GRADIENT_NORM = "critic/grad_norm";

  /** 1 − Var(R − V) / Var(R). */
  public static final String EXPLAINED_VARIANCE = "critic/vf_explained_var";

  /** Mean value. */
  public static final String VALUES = "critic/values/mean";

  /** Mean return. */
  public static final String RETURNS = "critic/returns/mean";

  private CriticMetrics() {}
}
