package dev.parley.trainer.preference;

import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.loss.SoftLabels;
import java.util.List;

/**
 * Some pairs of an optimizer step, and what the whole step counts. Rows of answers are all chosen
 * ones, then all rejected ones in the same order.
 *
 * @param pairs P pairs
 * @param allPairs pairs of the whole step
 * @param allChosenTokens learnt tokens of its chosen answers
 */
public record PairBatch(List<AnswerPair> pairs, long allPairs, long allChosenTokens) {

  /** Pairs that are the whole step. */
  public static PairBatch whole(List<AnswerPair> pairs) {
    long tokens = pairs.stream().mapToLong(pair -> pair.chosen().count()).sum();
    return new PairBatch(pairs, pairs.size(), tokens);
  }

  /** Returns some of the pairs. */
  public PairBatch part(List<AnswerPair> some) {
    return new PairBatch(some, allPairs, allChosenTokens);
  }

  /** Returns the answers, {@code [2P]}. */
  public List<LearningSequence> answers() {
    return LossOfAnswers.answers(pairs);
  }

  /**
   * Returns how likely the rejected answer of each pair is the better one, {@code [P]}.
   *
   * @param used whether labels may be doubted; if not, zeros
   */
  public float[] doubts(boolean used) {
    return SoftLabels.doubts(used, pairs.stream().mapToDouble(AnswerPair::confidence));
  }

  /** Returns the learnt tokens of the answers. */
  public PackedRows rows() {
    return PackedRows.ofLengths(answers().stream().mapToInt(LearningSequence::count).toArray());
  }
}
