package dev.parley.trainer.recipe.dpo;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.preference.PairLoss;
import java.util.Arrays;

/** The loss of pairs with hard labels. */
public final class DpoPairs {

  private DpoPairs() {}

  /** From log-probabilities of whole answers, {@code [P]} each. */
  public static PairLoss ofAnswers(
      NDArray policyChosen,
      NDArray policyRejected,
      NDArray refChosen,
      NDArray refRejected,
      long pairs,
      DpoLoss.Settings settings) {
    int[] lengths = new int[(int) (2 * policyChosen.size())];
    Arrays.fill(lengths, 1);
    return DpoLoss.of(
        policyChosen.concat(policyRejected),
        refChosen.concat(refRejected),
        PackedRows.ofLengths(lengths),
        new float[lengths.length / 2],
        pairs,
        settings);
  }

  /** From log-probabilities of tokens, {@code [N]}, of pairs that are the whole batch. */
  public static PairLoss ofTokens(
      NDArray logProbs, NDArray refLogProbs, PackedRows rows, DpoLoss.Settings settings) {
    int pairs = rows.rows() / 2;
    return DpoLoss.of(
        rows.sums(logProbs), rows.sums(refLogProbs), rows, new float[pairs], pairs, settings);
  }
}
