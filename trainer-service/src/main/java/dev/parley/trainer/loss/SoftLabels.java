package dev.parley.trainer.loss;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/**
 * Labels in doubt: a loss is that of the label as it was given and that of its opposite, each as
 * likely as it is.
 *
 * <pre>
 * l = p l(chosen, rejected) + (1 − p) l(rejected, chosen)
 * </pre>
 *
 * <p>With the logistic loss that is conservative DPO (cDPO) with an ε of its own for each pair. Of
 * a pair with p = ½ no loss prefers either answer.
 */
public final class SoftLabels {

  private SoftLabels() {}

  /**
   * Returns how likely each label is wrong.
   *
   * @param used whether labels may be doubted
   * @param confidences p: how likely each is right, ½ to 1
   * @return 1 − p, or zeros if they may not
   */
  public static float[] doubts(boolean used, DoubleStream confidences) {
    double[] right = confidences.toArray();
    float[] doubts = new float[right.length];
    for (int i = 0; used && i < doubts.length; i++) {
      doubts[i] = (float) (1 - right[i]);
    }
    return doubts;
  }

  /**
   * The loss of each row.
   *
   * @param losses as the rows are labelled, {@code [P]}, with gradient
   * @param reversed of the opposite labels, {@code [P]}, with gradient; asked for only if a label
   *     is in doubt
   * @param doubts 1 − p: how likely the opposite is right, 0 to ½, {@code [P]}
   * @return {@code [P]}, with gradient
   */
  public static NDArray losses(NDArray losses, Supplier<NDArray> reversed, float[] doubts) {
    return areCertain(doubts)
        ? losses
        : losses(losses, reversed.get(), losses.getManager().create(doubts));
  }

  /** As the method above, with doubts that are an array already. */
  public static NDArray losses(NDArray losses, NDArray reversed, NDArray doubts) {
    return losses.mul(doubts.neg().add(1)).add(reversed.mul(doubts));
  }

  private static boolean areCertain(float[] doubts) {
    for (float doubt : doubts) {
      if (doubt != 0) {
        return false;
      }
    }
    return true;
  }
}
