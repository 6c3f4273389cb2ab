package dev.parley.trainer.experience;

import dev.parley.model.decoder.TokenBatch;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences packed for one forward pass. Nothing is padded: rows follow each other, and so do the M
 * learnt tokens of all rows, over which losses are written.
 *
 * @param batch the N tokens
 * @param predictors for each learnt token the index of the token before it, where its
 *     log-probability and its value are read
 * @param rowCounts learnt tokens of each row
 */
public record PackedBatch(TokenBatch batch, int[] predictors, int[] rowCounts) {

  /** Packs sequences in the order given. */
  public static PackedBatch of(List<LearningSequence> sequences) {
    TokenBatch batch = TokenBatch.of(sequences.stream().map(LearningSequence::tokens).toList());
    int[] rowCounts = sequences.stream().mapToInt(LearningSequence::count).toArray();
    int[] predictors = new int[Arrays.stream(rowCounts).sum()];
    int[] starts = batch.starts();
    int next = 0;
    for (int row = 0; row < sequences.size(); row++) {
      boolean[] learnt = sequences.get(row).learnt();
      for (int t = 1; t < learnt.length; t++) {
        if (learnt[t]) {
          predictors[next++] = starts[row] + t - 1;
        }
      }
    }
    return new PackedBatch(batch, predictors, rowCounts);
  }

  /** Returns M. */
  public int learnt() {
    return predictors.length;
  }

  /** Returns the sequences of which something is learnt. */
  public static List<LearningSequence> learnt(List<LearningSequence> sequences) {
    return sequences.stream().filter(sequence -> sequence.count() > 0).toList();
  }

  /** Returns the number of tokens of each sequence. */
  public static int[] lengths(List<LearningSequence> sequences) {
    return sequences.stream().mapToInt(sequence -> sequence.tokens().length).toArray();
  }
}
