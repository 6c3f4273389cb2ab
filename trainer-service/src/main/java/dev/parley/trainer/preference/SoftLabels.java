package dev.parley.trainer.preference;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;

/**
 * Pairs whose labels are in doubt: the loss of a pair is that of either order, as likely as it is.
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
   * The loss of each pair.
   *
   * @param losses as the pairs are labelled, {@code [P]}, with gradient
   * @param reversed of the pairs the other way round, {@code [P]}, with gradient; asked for only if
   *     a label is in doubt
   * @param doubts 1 − p: how likely the rejected answer is the better one, 0 to ½, {@code [P]}
   * @return {@code [P]}, with gradient
   */
  public static NDArray losses(NDArray losses, Supplier<NDArray> reversed, float[] doubts) {
    if (areCertain(doubts)) {
      return losses;
    }
    NDArray doubt = losses.getManager().create(doubts);
    return losses.mul(doubt.neg().add(1)).add(reversed.get().mul(doubt));
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
