package dev.parley.trainer.experience;

import dev.parley.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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

  /**
   * Splits sequences into packed micro-batches of like lengths; sequences of which nothing is
   * learnt are left out.
   *
   * @param sequences the sequences
   * @param budget most tokens of a micro-batch
   */
  public static List<PackedBatch> split(List<LearningSequence> sequences, int budget) {
    List<LearningSequence> useful = sequences.stream().filter(s -> s.count() > 0).toList();
    int[] lengths = useful.stream().mapToInt(s -> s.tokens().length).toArray();
    return split(lengths, budget).stream()
        .map(rows -> PackedBatch.of(rows.stream().map(useful::get).toList()))
        .toList();
  }

  /**
   * Splits rows into micro-batches of like lengths, none of which holds more tokens than the budget
   * (a row that is longer alone is a micro-batch by itself).
   *
   * @param lengths tokens of each row
   * @param budget most tokens of a micro-batch
   * @return indices of the rows of each micro-batch; each row is in exactly one
   */
  public static List<List<Integer>> split(int[] lengths, int budget) {
    List<Integer> byLength = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      byLength.add(i);
    }
    byLength.sort(Comparator.comparingInt((Integer i) -> lengths[i]).thenComparing(i -> i));
    List<List<Integer>> batches = new ArrayList<>();
    int room = 0;
    for (int i : byLength) {
      if (batches.isEmpty() || lengths[i] > room) {
        batches.add(new ArrayList<>());
        room = budget;
      }
      batches.get(batches.size() - 1).add(i);
      room -= lengths[i];
    }
    return batches;
  }
}
