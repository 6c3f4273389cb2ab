package dev.parley.trainer.policygradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.util.List;
import java.util.Optional;

/** What tells recipes that follow a policy gradient from each other. */
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
   * @param values V_old {@code [B][T]}; null rows where there is no value function
   * @param mask true throughout {@code [B][T]}
   * @param beta β, the KL coefficient in force
   */
  record Answers(
      List<Sample> samples,
      int[] groups,
      float[] rewards,
      float[][] logProbs,
      float[][] referenceLogProbs,
      float[][] values,
      boolean[][] mask,
      double beta) {

    /**
     * Puts together what is known.
     *
     * @param samples the answers
     * @param evaluation their log-probabilities and values
     * @param shaping what becomes of their scores
     * @param beta the KL coefficient in force
     */
    public static Answers of(
        List<Sample> samples, Evaluation evaluation, RewardShaping shaping, double beta) {
      float[][] logProbs = evaluation.logProbs();
      return new Answers(
          samples,
          Groups.of(samples),
          shaping.rewards(samples),
          logProbs,
          evaluation.referenceLogProbs(),
          evaluation.values(),
          PerToken.mask(logProbs),
          beta);
    }
  }

  /**
   * What is made of answers.
   *
   * @param advantages A {@code [B][T]}
   * @param returns R, what a value function learns {@code [B][T]}; empty if there is none
   */
  record Estimate(float[][] advantages, Optional<float[][]> returns) {

    /** Advantages without a value function. */
    public static Estimate of(float[][] advantages) {
      return new Estimate(advantages, Optional.empty());
    }
  }

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
   * @param beta β, the KL coefficient in force
   */
  record Packed(
      NDArray logProbs,
      NDArray oldLogProbs,
      NDArray referenceLogProbs,
      NDArray advantages,
      float[] corrections,
      PackedRows rows,
      GlobalCounts counts,
      double beta) {

    /** Returns where arrays are made. */
    public NDManager manager() {
      return logProbs.getManager();
    }

    /** Returns the weight of every token, corrected {@code [N]}. */
    public NDArray weights(Aggregation aggregation) {
      float[] weights = aggregation.weights(rows, counts);
      for (int i = 0; i < weights.length; i++) {
        weights[i] *= corrections[i];
      }
      return manager().create(weights);
    }
  }

  /** Returns what to learn from some answers. */
  Estimate estimate(Answers answers);

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

  /** Returns how tokens' entropies and value losses are put together. */
  default Aggregation aggregation() {
    return Aggregation.TOKEN_MEAN;
  }

  /**
   * Returns what the policy learns from in a step beside its answers.
   *
   * @param policy learns
   * @param step its number in the run, from 0
   */
  default List<Work<Metrics>> beside(Learner policy, long step) {
    return List.of();
  }
}
