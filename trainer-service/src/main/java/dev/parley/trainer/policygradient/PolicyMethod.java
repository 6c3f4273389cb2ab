package dev.parley.trainer.policygradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.util.List;

/** What tells recipes without a critic from each other. */
public interface PolicyMethod {

  /**
   * An update's answers and what is known of them before the first step. Rows are answers; T is the
   * number of an answer's own tokens, so every element counts.
   *
   * @param samples the answers {@code [B]}
   * @param groups equal numbers for answers to the same prompt {@code [B]}
   * @param rewards scores, clipped and shaped {@code [B]}
   * @param logProbs log π_old {@code [B][T]}
   * @param referenceLogProbs log π_ref {@code [B][T]}; equal to logProbs if there is no reference
   * @param mask true throughout {@code [B][T]}
   */
  record Answers(
      List<Sample> samples,
      int[] groups,
      float[] rewards,
      float[][] logProbs,
      float[][] referenceLogProbs,
      boolean[][] mask) {}

  /**
   * Some answers of an optimizer step, packed: N tokens of R answers.
   *
   * @param logProbs log π, {@code [N]}, with gradient
   * @param oldLogProbs log π_old, {@code [N]}
   * @param referenceLogProbs log π_ref, {@code [N]}
   * @param advantages A, {@code [N]}
   * @param corrections importance weights of tokens that were not drawn from π_old {@code [N]}; 1
   *     where there is nothing to correct
   * @param rows where answers end
   * @param counts of the whole step
   */
  record Packed(
      NDArray logProbs,
      NDArray oldLogProbs,
      NDArray referenceLogProbs,
      NDArray advantages,
      float[] corrections,
      PackedRows rows,
      GlobalCounts counts) {

    /** Returns where arrays are made. */
    public NDManager manager() {
      return logProbs.getManager();
    }

    /** Returns the weight of every token, corrected {@code [N]}. */
    public float[] weights(Aggregation aggregation) {
      float[] weights = aggregation.weights(rows, counts);
      for (int i = 0; i < weights.length; i++) {
        weights[i] *= corrections[i];
      }
      return weights;
    }
  }

  /** Returns the advantage of every token {@code [B][T]}. */
  float[][] advantages(Answers answers);

  /** Returns the loss of some answers; the losses of all parts of a step add up to the step's. */
  LossTerm loss(Packed packed);

  /** Returns whether the KL is taken from the reward, rather than being a term of the loss. */
  default boolean klInReward() {
    return false;
  }

  /** Returns what one importance weight covers. */
  default ImportanceCorrection.Level corrected() {
    return ImportanceCorrection.Level.TOKEN;
  }
}
