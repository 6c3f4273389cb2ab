package dev.parley.trainer.loss;

import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** The logistic function in the forms that preference losses are written in. */
public final class Logistic {
  private Logistic() {}

  /** {@code log σ(x) = −softplus(−x)}, without overflow for any x. */
  public static NDArray logSigmoid(NDArray x) {
    return Activation.softPlus(x.neg()).neg();
  }

  /** {@code σ(x) = 1 / (1 + e^−x)}. */
  public static NDArray sigmoid(NDArray x) {
    return Activation.sigmoid(x);
  }

  /**
   * Loss of a preference whose label is wrong with probability ε: {@code −(1 − ε) log σ(x) − ε log
   * σ(−x)} (conservative DPO, Mitchell 2023).
   *
   * @param x log-odds of the preferred answer
   * @param labelSmoothing ε, 0 to ½
   */
  public static NDArray preferenceLoss(NDArray x, double labelSmoothing) {
    NDArray loss = logSigmoid(x).neg();
    return labelSmoothing == 0
        ? loss
        : loss.mul(number(x, 1 - labelSmoothing))
            .sub(logSigmoid(x.neg()).mul(number(x, labelSmoothing)));
  }
}
