package dev.parley.trainer.policygradient;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.PackedRows;
import java.util.Arrays;

/** Packed answers that were drawn from the policy itself. */
public final class PackedAnswers {

  private PackedAnswers() {}

  /** Packs answers whose importance weights are all 1, and β 0; arrays are {@code [N]}. */
  public static PolicyMethod.Packed of(
      NDArray logProbs,
      NDArray oldLogProbs,
      NDArray referenceLogProbs,
      NDArray advantages,
      PackedRows rows,
      GlobalCounts counts) {
    float[] corrections = new float[rows.tokens()];
    Arrays.fill(corrections, 1);
    return new PolicyMethod.Packed(
        logProbs, oldLogProbs, referenceLogProbs, advantages, corrections, rows, counts, 0);
  }
}
